"""The memory that a job will need is estimated, near to what is measured, and refused in time."""

from __future__ import annotations

import io
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aecore.data import memory
from aecore.data.memory import MemoryNeed, check_memory, n_free_bytes
from aecore.data.samples import SampleSet, save_samples, split
from aecore.errors import JobError
from aecore.imaging import decoding
from aecore.jobs import worker
from aecore.jobs.kinds import need_of, what_fits
from aecore.jobs.perform import perform
from aecore.machine import n_machine_bytes
from aecore.photos.footprint import photo_bytes
from aecore.photos.jobs.clean import restore_spec
from aecore.photos.kept import keep_photo
from aecore.specs.codes import GaussianCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.store import Store
from aecore.training.footprint import run_bytes
from tests.core.conftest import in_a_fresh_process

GB = 10**9


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):
    """Set what this machine has."""
    monkeypatch.setattr("aecore.jobs.device.has_gpu", lambda: False)

    def has(n_bytes: float) -> None:
        monkeypatch.setattr(memory, "n_machine_bytes", lambda: int(n_bytes))

    return has


def a_data_set(store: Store, side_px: int, n: int = 300) -> str:
    data = store.create(DataSpec(source="sprites", n_max=n, size_px=side_px))
    x = np.random.default_rng(0).integers(0, 255, (n, 3, side_px, side_px), dtype=np.uint8)
    parts = split(n, val_fraction=0.1, test_fraction=0.1, seed=0)
    save_samples(data, SampleSet(x=x, parts=parts, title="x"))
    data.set_state(status="done")
    return data.key


def a_photo(store: Store, side_px: int) -> str:
    x = np.random.default_rng(0).normal(128, 40, (side_px, side_px, 3)).clip(0, 255)
    file = io.BytesIO()
    Image.fromarray(x.astype(np.uint8)).save(file, "PNG", compress_level=1)
    return keep_photo(store, file.getvalue())


def own_bytes() -> int:
    """Memory that is this process's own."""
    found = re.search(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def performed(store: Store, key: str) -> int:
    """The most that a job takes beyond what there was."""
    before, most, is_over = own_bytes(), [0], threading.Event()

    def look() -> None:
        while not is_over.wait(0.003):
            most[0] = max(most[0], own_bytes())

    thread = threading.Thread(target=look)
    thread.start()
    state = perform(store, key)
    is_over.set()
    thread.join()
    assert state.status == "done", state
    return most[0] - before


def check_a_run(root: str, kind: str) -> None:
    from aecore.jobs import device

    device.warm_up(1)
    store = Store(root)
    network = {
        "dense": NetworkSpec(kind="dense", widths=(1024, 512)),
        "conv": NetworkSpec(kind="conv", widths=(32, 64)),
    }[kind]
    data = a_data_set(store, 32)
    batch = {"dense": 32, "conv": 256}[kind]
    code = GaussianCodeSpec(n_dims=8)
    spec = RunSpec.of(data=data, network=network, code=code, n_epochs=2, batch_size=batch)
    ratio = performed(store, store.create(spec).key) / run_bytes(spec, (3, 32, 32))
    assert 0.4 < ratio < 1.1, ratio  # measured: 0.84 (dense), 0.75 (conv)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured on Linux")
@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_a_training_takes_about_what_was_estimated(tmp_path: Path, kind: str) -> None:
    in_a_fresh_process(check_a_run, str(tmp_path / "store"), kind)


def check_a_photograph(root: str, side_px: str) -> None:
    from aecore.jobs import device

    device.warm_for_looks(1)
    store = Store(root)
    spec = restore_spec(a_photo(store, int(side_px)))
    n_pixels = int(side_px) ** 2
    ratio = performed(store, store.create(spec).key) / photo_bytes("restorer", n_pixels)
    assert 0.3 < ratio < 1.1, ratio  # measured: 0.65 at 1 megapixel, 0.97 at 4


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured on Linux")
def test_a_photograph_takes_about_what_was_estimated(tmp_path: Path) -> None:
    in_a_fresh_process(check_a_photograph, str(tmp_path / "store"), "1000")


def test_a_training_that_cannot_fit_is_refused_with_what_fits(a_store: Store, machine) -> None:
    data = a_data_set(a_store, 32)
    network = NetworkSpec(kind="conv", widths=(64, 128))
    spec = RunSpec.of(data=data, network=network, batch_size=4096)
    key = a_store.create(spec).key
    machine(3 * GB)
    state = perform(a_store, key)
    assert state.status == "failed"
    assert re.fullmatch(
        r"This training would take about [\d.]+ GB of memory; 2.3 GB of this machine are there for "
        r"it\.",
        state.error,
    )
    found = re.match(r"Use batches of ([\d,]+), or a smaller network\.", state.hint)
    fitting = int(found[1].replace(",", ""))
    smaller = spec.model_copy(update={"batch_size": fitting})
    check_memory(need_of(smaller, a_store))
    with pytest.raises(JobError):
        check_memory(need_of(spec.model_copy(update={"batch_size": fitting + 20}), a_store))
    machine(0.8 * GB)
    assert "Use a smaller network" in what_fits(a_store, key)


def test_a_photograph_that_cannot_fit_is_refused_with_the_size_that_fits(
    a_store: Store, machine
) -> None:
    photo = a_photo(a_store, 64)
    artifact = a_store.artifact(photo)
    artifact.write_json("about.json", {**artifact.about, "shape": [3, 8000, 8000]})
    key = a_store.create(restore_spec(photo)).key
    machine(2.5 * GB)
    state = perform(a_store, key)
    assert (state.status, state.hint) == (
        "failed",
        "Up to 29 megapixels fit here: make it smaller first.",
    )
    assert state.error.startswith("A photograph of 64 megapixels would take about 2.9 GB")
    machine(4 * GB)
    check_memory(need_of(restore_spec(photo), a_store))


def test_an_import_is_refused_where_one_picture_would_not_fit(a_store: Store, machine) -> None:
    key = a_store.create(DataSpec.of(source="own", upload="0" * 32)).key
    machine(1 * GB)
    state = perform(a_store, key)
    assert state.error.startswith("Bringing pictures in would take about 0.52 GB of memory")


def test_where_nothing_is_known_of_the_machine_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "n_machine_bytes", lambda: None)
    check_memory(MemoryNeed(1e15, "This", ""))


def test_a_container_s_limit_counts_as_the_machine_s_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aecore.machine._CGROUPS", tmp_path)
    monkeypatch.setattr("aecore.machine._OWN_CGROUP", tmp_path / "cgroup")
    whole = n_machine_bytes()
    (tmp_path / "cgroup").write_text("0::/lab\n")
    (tmp_path / "lab" / "app").mkdir(parents=True)
    (tmp_path / "lab" / "memory.max").write_text("max\n")
    assert n_machine_bytes() == whole
    (tmp_path / "lab" / "memory.max").write_text("2000000000\n")
    assert n_machine_bytes() == 2 * GB
    assert n_free_bytes() in (None, 2 * GB - memory.APP_BYTES)
    assert decoding.n_at_once() == 1
    (tmp_path / "cgroup").write_text("0::/lab/app\n")  # and what a group lies in bounds it
    assert n_machine_bytes() == 2 * GB
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("1500000000\n")
    assert n_machine_bytes() == 1.5 * GB


def check_bound() -> None:
    worker.n_free_bytes = lambda: 200_000_000
    worker.device.has_gpu = lambda: False
    with worker.bounded("run-" + "0" * 24):
        np.ones(60_000_000)
    with worker.bounded("restored-" + "0" * 24), pytest.raises(MemoryError):
        np.ones(60_000_000)
    np.ones(60_000_000)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a bound of Linux")
def test_memory_that_is_not_there_raises_in_a_worker_at_a_photograph() -> None:
    in_a_fresh_process(check_bound)


def test_a_photograph_that_runs_out_of_memory_is_told_what_fits(
    a_store: Store, machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(spec, artifact, store):
        yield from ()
        raise MemoryError

    monkeypatch.setattr("aecore.photos.jobs.clean.compute", run_out)
    machine(4 * GB)
    photo = a_photo(a_store, 64)
    state = perform(a_store, a_store.create(restore_spec(photo)).key)
    assert state.error == "There is not enough memory for this."
    assert state.hint == "Up to 76 megapixels fit here: make it smaller first."
