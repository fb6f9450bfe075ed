"""Artifacts are read whole or not at all, keys alone become paths, and room is made in order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from aecore.errors import (
    ArtifactDamagedError,
    ArtifactMissingError,
    SpecError,
    StoreError,
    StoreFullError,
    StoreVersionError,
)
from aecore.specs.codes import GaussianCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.registry import spec_from_dict
from aecore.specs.run import CorruptionSpec, NetworkSpec, OptimizerSpec, RunSpec
from aecore.specs.terms import BceSpec, KlSpec, WeightL2Spec
from aecore.store import Store

DATA = DataSpec(source="digits")
SPECS = [
    DataSpec(),
    DATA,
    DataSpec(source="own", upload="0123456789abcdef" * 2, size_px=32, colour="rgb"),
    DataSpec(source="sprites", n_max=100, val_fraction=0.25, seed=2**31 - 1, scale="standard"),
    RunSpec(data=DATA.key),
    RunSpec(
        data=DATA.key,
        network=NetworkSpec(kind="conv", widths=(8, 16, 32), dropout=0.1),
        code=GaussianCodeSpec(n_dims=3),
        objective=(
            BceSpec(reduction="sum"),
            KlSpec(weight=1 / 3),
            WeightL2Spec(weight=1e-7),
        ),
        corruption=CorruptionSpec(kind="masking", level=0.1),
        optimizer=OptimizerSpec(name="sgd", lr=0.1 + 0.2, clip_norm=1.0),
        patience=3,
        start_from="run-" + "0" * 24,
    ),
]


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


def fill(store: Store, spec, n_bytes: int, age_s: float) -> str:
    """A finished artifact of so many bytes that was last used so long ago."""
    artifact = store.create(spec)
    artifact.write_bytes("content", b"x" * n_bytes)
    artifact.set_state(status="done")
    used = time.time() - age_s
    os.utime(artifact.path / "spec.json", (used, used))
    return artifact.key


# Specs and keys --------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECS)
def test_a_spec_survives_a_trip_through_json_and_the_store(store, spec):
    there = json.dumps(spec.model_dump(mode="json"))
    assert spec_from_dict(spec.kind, json.loads(there)) == spec
    assert store.create(spec).spec == spec
    assert store.artifact(spec.key).spec.key == spec.key


def test_keys_stay_the_same_from_version_to_version_of_python_and_pydantic():
    # Written down once: if these change, every finished result is lost to its owner.
    # They say nothing of defaults, which are in no key: test_specs.py holds those.
    assert DataSpec().key == "data-f1ba05d7932e75de23fcf52f"
    assert RunSpec(data=DataSpec().key).key == "run-9c3cc531dfc18ebce5e3a884"


def test_each_setting_changes_the_key():
    keys = {spec.key for spec in SPECS}
    assert len(keys) == len(SPECS)
    assert RunSpec(data=DATA.key, seed=1).key != RunSpec(data=DATA.key).key
    assert RunSpec(data=DATA.key, batch_size=128).key == RunSpec(data=DATA.key).key


def test_a_new_version_of_the_code_serves_no_old_results(monkeypatch):
    before = DATA.key
    monkeypatch.setattr(DataSpec, "version", DataSpec.version + 1)
    assert DATA.key != before


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "../../etc/passwd",
        "data-" + "0" * 24 + "/../x",
        "data-" + "0" * 23,
        "data-" + "0" * 24 + "\n",
        "DATA-" + "0" * 24,
        "/etc/passwd",
        "",
        "data-" + "g" * 24,
        "data-" + "0" * 24 + "\0",
        None,
        7,
    ],
)
def test_nothing_but_a_key_becomes_a_path(store, name):
    for use in (store.artifact, store.touch, store.remove, store.pin, store.__contains__):
        with pytest.raises(SpecError, match="is no key"):
            use(name)


# Writing and reading ---------------------------------------------------------


def test_a_reader_never_sees_a_half_while_a_writer_loops(store):
    artifact = store.create(DATA)
    n_writes = 150

    def value(n: int) -> list[int]:
        return [n] * (1 + n % 7 * 3000)

    def write() -> None:
        for n in range(n_writes):
            artifact.write_json("value.json", value(n))
            artifact.write_array("value.npy", np.array(value(n)))

    artifact.write_json("value.json", value(0))
    artifact.write_array("value.npy", np.array(value(0)))
    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while writer.is_alive():
        for found in (artifact.read_json("value.json"), artifact.read_array("value.npy").tolist()):
            assert found == value(found[0])
            seen.add(found[0])
    writer.join()
    assert len(seen) > 3, "the reader saw no change: the test shows nothing"
    assert not list(artifact.path.glob(".*"))


def test_a_write_that_breaks_off_leaves_the_old_content(store):
    artifact = store.create(DATA)
    artifact.write_bytes("content", b"old")
    with pytest.raises(ZeroDivisionError), artifact.writing("content") as path:
        path.write_bytes(b"half of the ne")
        raise ZeroDivisionError
    assert (artifact.path / "content").read_bytes() == b"old"
    assert not list(artifact.path.glob(".*"))


def test_a_history_grows_line_by_line_and_is_read_from_where_one_was(store):
    artifact = store.create(DATA)
    assert artifact.read_history("history.jsonl") == ([], 0)
    artifact.append("history.jsonl", [{"n": 1}, {"n": 2}])
    records, at = artifact.read_history("history.jsonl")
    assert [record["n"] for record in records] == [1, 2]
    artifact.append("history.jsonl", [{"n": 3}])
    records, at = artifact.read_history("history.jsonl", at)
    assert [record["n"] for record in records] == [3]
    assert artifact.read_history("history.jsonl", at) == ([], at)


@pytest.mark.parametrize("torn", [b'{"n": 2', b"{", b'{"n": "' + b"x" * 200_000])
def test_a_line_that_a_killed_writer_left_unended_is_skipped_and_overwritten(store, torn):
    artifact = store.create(DATA)
    artifact.append("history.jsonl", [{"n": 1}])
    with (artifact.path / "history.jsonl").open("ab") as file:
        file.write(torn)
    assert [record["n"] for record in artifact.read_history("history.jsonl")[0]] == [1]
    artifact.append("history.jsonl", [{"n": 2}, {"n": 3}])
    assert [record["n"] for record in artifact.read_history("history.jsonl")[0]] == [1, 2, 3]


def test_numbers_that_are_not_finite_are_refused_rather_than_written_as_no_json(store):
    artifact = store.create(DATA)
    with pytest.raises(ValueError, match="JSON compliant"):
        artifact.write_json("value.json", float("nan"))
    assert not artifact.has("value.json")


def test_an_array_with_objects_is_refused_both_ways(store):
    artifact = store.create(DATA)
    with pytest.raises(ValueError, match="allow_pickle"):
        artifact.write_array("value.npy", np.array([{}], dtype=object))
    with (artifact.path / "value.npy").open("wb") as file:
        np.save(file, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ArtifactDamagedError) as refused:
        artifact.read_array("value.npy")
    assert "allow_pickle" in str(refused.value.__cause__)


def test_what_is_said_about_an_artifact_is_kept_from_the_first_time(store):
    store.create(DATA, title="first")
    artifact = store.create(DATA, title="second")
    assert artifact.about["title"] == "first"
    assert artifact.about["asked"] == pytest.approx(time.time(), abs=60)


def test_what_is_missing_is_told(store):
    with pytest.raises(ArtifactMissingError, match="leads to nothing"):
        store.artifact(DATA.key)
    artifact = store.create(DATA)
    for read in (artifact.read_json, artifact.read_array):
        with pytest.raises(ArtifactMissingError, match="has no value"):
            read("value")
    assert artifact.state.status == "new"


def test_the_state_knows_how_far_the_work_is(store):
    artifact = store.create(DATA)
    assert artifact.state.progress == 0.0
    artifact.set_state(status="running", n_done=1, n_total=4)
    assert artifact.state.progress == 0.25
    state = artifact.set_state(n_done=3)
    assert (state.status, state.n_total, state.progress) == ("running", 4, 0.75)
    assert artifact.set_state(status="done").progress == 1.0
    assert artifact.state.updated == pytest.approx(time.time(), abs=60)


def test_the_clock_of_the_store_goes_forward_and_leaves_no_litter(store):
    before = time.time() - 1
    times = [store.now() for _ in range(50)]
    assert times == sorted(times)
    assert before <= times[0] <= times[-1] <= time.time() + 1
    assert [path.name for path in store.root.glob(".*")] == [".clock"]


# The store itself ------------------------------------------------------------


def test_a_store_from_a_newer_version_is_left_alone(tmp_path):
    Store(tmp_path).create(DATA)
    (tmp_path / "store.json").write_text('{"format": 2}')
    with pytest.raises(StoreVersionError, match="format 2; this version reads up to 1"):
        Store(tmp_path)
    assert json.loads((tmp_path / "store.json").read_text()) == {"format": 2}


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": "x"}'])
def test_a_damaged_store_file_is_told(tmp_path, content):
    Store(tmp_path)
    (tmp_path / "store.json").write_text(content)
    with pytest.raises(StoreError, match="damaged"):
        Store(tmp_path)


def test_a_store_where_a_file_stands_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path / "file")


def test_the_default_store_is_named_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_STORE", str(tmp_path / "there"))
    assert Store().root == tmp_path / "there"


FULL_DISK = """
import resource, signal, sys
import numpy as np
from aecore.errors import StoreFullError
from aecore.specs.data import DataSpec
from aecore.store import Store
store = Store(sys.argv[1])
artifact = store.create(DataSpec(source="digits"))
artifact.write_bytes("content", b"old")
artifact.append("history.jsonl", [{"n": 1}])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
def refused(write, *arguments):
    try:
        write(*arguments)
    except StoreFullError as problem:
        return "full" in problem.message
print(refused(artifact.write_bytes, "content", b"x" * 10_000))
print(refused(artifact.write_json, "content", "x" * 10_000))
print(refused(artifact.write_array, "array.npy", np.zeros(10_000)))
print(refused(artifact.append, "history.jsonl", [{"n": "x" * 10_000}]))
artifact.append("history.jsonl", [{"n": 2}])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_is_told_and_costs_nothing_that_was_there(store):
    answer = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(store.root)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == ["True"] * 4
    artifact = store.artifact(DATA.key)
    assert (artifact.path / "content").read_bytes() == b"old"
    assert not artifact.has("array.npy")
    assert [record["n"] for record in artifact.read_history("history.jsonl")[0]] == [1, 2]
    assert not list(artifact.path.glob(".*"))


def test_no_room_for_a_new_file_is_told_as_a_full_disk(store, monkeypatch):
    import errno

    artifact = store.create(DATA)

    def no_space(self, *_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", no_space)
    with pytest.raises(StoreFullError, match="disk"):
        artifact.set_state(status="running")


# Removal -------------------------------------------------------------------


def test_what_is_removed_is_gone_and_can_be_asked_for_again(store):
    key = fill(store, DATA, 100, age_s=0)
    store.remove(key)
    store.remove(key)
    assert key not in store
    assert store.keys() == []
    assert store.create(DATA).state.status == "new"
    assert not list(store.root.glob(".gone-*"))


def test_strangers_in_the_folder_are_no_artifacts(store):
    key = fill(store, DATA, 10, 0)
    (store.artifacts / ".DS_Store").write_text("")
    (store.artifacts / "data-short").mkdir()
    assert store.keys() == [key]
    assert store.keys("run") == []


# What was damaged -------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[1]", b'{"status": 3'])
def test_a_damaged_file_is_one_sentence_and_no_end_of_the_list(store, content):
    whole, damaged = fill(store, DATA, 10, 0), fill(store, DataSpec(source="mnist-5k"), 10, 0)
    artifact = store.artifact(damaged)
    for name in ("state.json", "about.json", "spec.json"):
        (artifact.path / name).write_bytes(content)
    assert set(store.keys()) == {whole, damaged}
    assert artifact.state.status == "failed"
    assert artifact.state.error == f"{damaged}: state.json is damaged."
    assert artifact.about == {}
    with pytest.raises(ArtifactDamagedError, match=r"spec\.json is damaged"):
        _ = artifact.spec
    again = store.create(DataSpec(source="mnist-5k"))  # asking for it again mends it
    assert again.spec == DataSpec(source="mnist-5k")
    assert again.set_state(status="done").status == again.state.status == "done"


def test_what_a_newer_version_knows_of_a_state_is_left_out(store):
    artifact = store.create(DATA)
    artifact.write_json("state.json", {"status": "done", "n_done": 7, "n_deaths": 1})
    assert (artifact.state.status, artifact.state.n_done) == ("done", 7)


def test_a_damaged_array_or_history_is_told_as_such(store):
    artifact = store.create(DATA)
    artifact.write_array("x.npy", np.arange(10))
    artifact.append("h.jsonl", [{"a": 1}])
    for cut in (0, 3, 60, 100):
        (artifact.path / "y.npy").write_bytes((artifact.path / "x.npy").read_bytes()[:cut])
        for mmap in (False, True):
            with pytest.raises(ArtifactDamagedError, match=r"y\.npy is damaged"):
                artifact.read_array("y.npy", mmap=mmap)
    with (artifact.path / "h.jsonl").open("ab") as file:
        file.write(b"garbage\n")
    with pytest.raises(ArtifactDamagedError, match=r"h\.jsonl is damaged"):
        artifact.read_history("h.jsonl")


def test_what_makes_a_result_readable_is_on_the_disk_before_it_takes_its_place(store, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino))
    artifact = store.create(DATA)
    artifact.set_state(status="running")
    artifact.set_state(status="done")
    names = ("spec.json", "state.json")  # what is published now and then waits for no disk
    assert synced == [(artifact.path / name).stat().st_ino for name in names]
