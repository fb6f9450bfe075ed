"""Room is made in order of use, and never from under what is computed, asked for or kept."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

import pytest

from aecore.claims import claim
from aecore.data.uploads import receive
from aecore.errors import ArtifactMissingError
from aecore.jobs import quota
from aecore.jobs.askers import Askers
from aecore.jobs.quota import make_room
from aecore.specs.base import KEY_PATTERN
from aecore.specs.data import DataSpec
from aecore.specs.maps import MapSpec
from aecore.specs.photos import PhotoSpec, RepairSpec, RestoreSpec, UncertaintySpec
from aecore.specs.registry import SPECS
from aecore.specs.run import RunSpec
from aecore.specs.studies import CodesSpec, TrustSpec
from aecore.store import Store

DATA = DataSpec(source="digits")


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


def fill(store: Store, spec, n_bytes: int = 10_000, age_s: float = 100, status="done") -> str:
    """An artifact of so many bytes that was last used so long ago."""
    artifact = store.create(spec)
    artifact.write_bytes("content", b"x" * n_bytes)
    artifact.set_state(status=status)
    age(artifact.path / "spec.json", age_s)
    return artifact.key


def age(path: Path, age_s: float) -> None:
    used = time.time() - age_s
    os.utime(path, (used, used))


def chain(store: Store, seed: int = 0) -> list[str]:
    """Data, a run, the run that goes on from it, its codes, their map, and the map's trust; the
    deepest was used the longest ago."""
    data = DataSpec(source="digits", seed=seed)
    first = RunSpec(data=data.key)
    run = RunSpec(data=data.key, seed=1, start_from=first.key)
    codes = CodesSpec(run=run.key, epochs=1)
    shown = MapSpec(codes=codes.key)
    specs = [data, first, run, codes, shown, TrustSpec(map=shown.key)]
    return [fill(store, spec, age_s=1000 - 100 * n) for n, spec in enumerate(specs)]


def test_least_recently_used_go_first_and_only_as_many_as_needed(store):
    keys = [fill(store, DataSpec(source="digits", seed=n), 10_000, age_s=100 - n) for n in range(5)]
    store.quota_bytes = 35_000
    assert make_room(store) == keys[:2]
    assert store.keys() == keys[:1:-1]
    assert make_room(store) == []


def test_using_an_artifact_saves_it(store):
    keys = [fill(store, DataSpec(source="digits", seed=n), 10_000, age_s=100 - n) for n in range(3)]
    store.touch(keys[0])
    store.quota_bytes = 25_000
    assert make_room(store) == [keys[1]]


def test_pinned_kept_and_running_ones_never_go_and_nor_do_their_inputs(store):
    inputs = [fill(store, DataSpec(source="digits", seed=n), age_s=300 - n) for n in range(3)]
    pinned, kept, running = (
        fill(store, RunSpec(data=data), age_s=100 - n) for n, data in enumerate(inputs)
    )
    dead, free = (fill(store, DataSpec(source="digits", seed=n), age_s=100 - n) for n in (3, 4))
    store.pin(pinned)
    store.artifact(running).set_state(status="running")
    state = store.artifact(dead)
    state.write_json("state.json", {"status": "running", "updated": time.time() - 7200})
    store.quota_bytes = 0
    assert make_room(store, keep=frozenset({kept})) == [dead, free]
    store.pin(pinned, False)
    assert make_room(store) == [pinned, inputs[0], kept, inputs[1]]
    assert {*store.keys()} == {running, inputs[2]}


def test_the_data_of_a_kept_run_stays_and_goes_with_its_last_run(store):
    data = fill(store, DATA, 10_000, age_s=300)
    old, new = (fill(store, RunSpec(data=data, seed=n), 10_000, age_s=200 - n) for n in range(2))
    store.quota_bytes = 25_000
    assert make_room(store) == [old]
    store.quota_bytes = 15_000
    assert make_room(store) == [new]
    store.quota_bytes = 0
    assert make_room(store) == [data]


def test_removal_and_reading_at_once_break_nothing(store):
    stop = threading.Event()

    def churn() -> None:
        for seed in range(200):
            store.remove(fill(store, DataSpec(source="digits", seed=seed % 5), 10, 0))
        stop.set()

    thread = threading.Thread(target=churn)
    thread.start()
    while not stop.is_set():
        for key in store.keys():  # noqa: SIM118 - a store is no mapping
            with contextlib.suppress(ArtifactMissingError):
                assert store.artifact(key).spec.key == key
        make_room(store)
    thread.join()


# What something else is computed from ----------------------------------------


def test_what_a_live_job_needs_stays_at_any_depth(store):
    keys = chain(store)
    with claim(store, keys[-1]).keep():
        store.quota_bytes = 0
        assert make_room(store) == []
    assert make_room(store) == keys[::-1]


def test_what_is_needed_stays_while_a_worker_that_is_silent_may_be_at_work(store):
    keys = chain(store)
    store.artifact(keys[-1]).set_state(status="running")
    store.quota_bytes = 0
    assert make_room(store) == []
    long_ago = time.time() - 2 * quota.SILENT_S
    store.artifact(keys[-1]).write_json("state.json", {"status": "running", "updated": long_ago})
    assert make_room(store) == keys[::-1]


def test_what_a_queued_job_needs_stays_and_so_does_the_job(store):
    keys = chain(store)
    store.remove(keys[-1])
    asked = fill(store, TrustSpec(map=keys[-2]), status="new")
    askers = Askers(store)
    askers.set(asked, {"Ann"})
    store.quota_bytes = 0
    assert make_room(store) == []
    askers.set(asked, ())
    assert make_room(store) == [asked, *keys[-2::-1]]
    askers.close()


def test_what_a_dead_process_asked_for_may_go(store):
    key = fill(store, DATA, status="new")
    askers = Askers(store)
    askers.set(key, {"Ann"})
    askers.close()
    store.quota_bytes = 0
    assert make_room(store) == [key]


def test_what_a_pinned_one_needs_stays(store):
    keys = chain(store)
    store.pin(keys[3])
    store.quota_bytes = 0
    assert make_room(store) == [keys[5], keys[4]]


def test_what_the_calling_job_needs_stays(store):
    keys = chain(store)
    store.quota_bytes = 0
    assert make_room(store, keep=frozenset({keys[2]})) == keys[:2:-1]


def test_the_photograph_of_a_kept_result_stays(store):
    photo = PhotoSpec(content="0" * 64)
    mask = PhotoSpec(content="1" * 64)
    restored = RestoreSpec(photo=photo.key)
    uncertain = UncertaintySpec(base=restored.key)
    repaired = RepairSpec(base=restored.key, mask=mask.key)
    keys = [fill(store, spec) for spec in (photo, mask, restored, uncertain, repaired)]
    store.pin(repaired.key)
    store.quota_bytes = 0
    assert make_room(store) == [uncertain.key]
    assert {*store.keys()} == {*keys} - {uncertain.key}


def test_every_kind_that_names_an_artifact_needs_it():
    pattern = KEY_PATTERN.pattern.replace(r"\Z", "$")
    key = "data-" + "0" * 24
    given = {"epochs": 1, "noise": {"kind": "gaussian"}, "levels": (0.1,)}
    n_named = 0
    for kind in SPECS.values():
        fields = kind.model_json_schema()["properties"]
        names = [
            name
            for name, field in fields.items()
            if any(part.get("pattern") == pattern for part in (field, *field.get("anyOf", ())))
        ]
        if names:
            known = {name: value for name, value in given.items() if name in fields}
            spec = kind.of(**known, **dict.fromkeys(names, key))
            assert spec.needs() == (key,) * len(names), kind.kind
        n_named += len(names)
    assert n_named >= 13


# Not measured twice ----------------------------------------------------------


def test_a_folder_is_measured_once_and_again_after_more_work(store, monkeypatch):
    keys = [fill(store, DataSpec(source="digits", seed=n)) for n in range(3)]
    measured = []
    measure = quota.folder_bytes
    monkeypatch.setattr(
        quota, "folder_bytes", lambda path: measured.append(path.name) or measure(path)
    )
    make_room(store)
    assert sorted(measured) == sorted(keys)
    make_room(Store(store.root))
    assert len(measured) == 3
    store.artifact(keys[1]).write_bytes("content", b"x" * 20_000)
    store.artifact(keys[1]).set_state(status="done")
    make_room(store)
    assert measured[3:] == [keys[1]]
    store.quota_bytes = 45_000
    for number, key in enumerate(keys):
        age(store.artifact(key).path / "spec.json", 100 - number)
    assert make_room(store) == []  # 40,000 bytes and the specs
    store.quota_bytes = 35_000
    assert make_room(store) == [keys[0]]
    assert measured[3:] == [keys[1]]


@pytest.mark.parametrize("content", ["", "[]", '{"KEY": 1}', '{"KEY": {"changed": 0}}'])
def test_a_damaged_note_of_sizes_is_written_anew(store, content):
    keys = [fill(store, DataSpec(source="digits", seed=n), age_s=100 - n) for n in range(2)]
    (store.root / quota.SIZES).write_text(content.replace("KEY", keys[0]))
    store.quota_bytes = 15_000
    assert make_room(store) == [keys[0]]
    store.quota_bytes = 5_000
    assert make_room(store) == [keys[1]]


# Uploads ---------------------------------------------------------------------


def an_upload(store: Store, n_bytes: int = 10_000, age_s: float = 2 * quota.UPLOAD_S) -> str:
    upload = receive(store, [("a.png", b"x" * n_bytes)])
    age(store.uploads / upload, age_s)
    return upload


def test_an_upload_that_no_data_names_goes_when_it_is_no_longer_young(store):
    old, young = an_upload(store), an_upload(store, age_s=quota.UPLOAD_S / 2)
    assert make_room(store) == [old]
    assert [path.name for path in store.uploads.iterdir()] == [young]


@pytest.mark.parametrize("status", ["new", "running", "stopped", "failed", "done"])
def test_an_upload_that_data_names_stays_whatever_became_of_the_data(store, status):
    upload = an_upload(store)
    data = fill(store, DataSpec(source="own", upload=upload), status=status)
    run = fill(store, RunSpec(data=data), status="new")
    store.pin(run)
    store.quota_bytes = 0
    assert make_room(store) == []
    assert (store.uploads / upload / "000000").exists()


def test_uploads_count_and_go_with_the_last_data_that_names_them(store):
    upload = an_upload(store, 50_000)
    small = fill(store, DataSpec(source="own", upload=upload, size_px=8), 1000, age_s=200)
    large = fill(store, DataSpec(source="own", upload=upload, size_px=64), 1000, age_s=100)
    store.quota_bytes = 60_000
    assert make_room(store) == []
    store.quota_bytes = 40_000
    assert make_room(store) == [small, large, upload]
    assert list(store.uploads.iterdir()) == []


# Systems that refuse ---------------------------------------------------------


def test_what_the_system_refuses_to_remove_stays_and_the_next_one_goes(store, monkeypatch):
    keys = [fill(store, DataSpec(source="digits", seed=n), age_s=100 - n) for n in range(3)]
    rename = Path.rename

    def refuse(self, target):
        if self.name == keys[0]:
            raise PermissionError(13, "The process cannot access the file")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    store.quota_bytes = 25_000
    assert make_room(store) == [keys[1]]
    assert store.artifact(keys[0]).state.status == "done"


def test_what_is_asked_for_while_room_is_made_stays(store, monkeypatch):
    first, second = (
        fill(store, DataSpec(source="digits", seed=n), age_s=100 - n) for n in range(2)
    )
    askers = Askers(store)
    rename = Path.rename

    def and_ask(self, target):
        askers.set(second, {"Ann"})
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", and_ask)
    store.quota_bytes = 0
    assert make_room(store) == [first]
    askers.close()
