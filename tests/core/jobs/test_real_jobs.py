"""Real data and real training through the engine, and kills that must not hurt."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors import safe_open

from aecore.artifact import Artifact
from aecore.data.samples import load_samples
from aecore.jobs import Engine, look
from aecore.specs.data import DataSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.store import Store
from aecore.training.checkpoint import LATEST_S
from aecore.training.job import HISTORY
from tests.core.jobs.fakes import JobThread, taken_over, until

pytestmark = pytest.mark.slow

DIGITS = DataSpec(source="digits")
N_KILLS = 25  # of each: worker and app
SEED = 20240
REACH_S = 2.0  # kills come before, while and after the first epoch is kept


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    monkeypatch.setenv("AECORE_THREADS", "1")  # kinder to whatever else this machine does
    return Store(tmp_path / "store")


def training(n_epochs: int, seed: int = 0) -> RunSpec:
    return RunSpec(
        data=DIGITS.key,
        network=NetworkSpec(widths=(256,)),
        n_epochs=n_epochs,
        batch_size=8,
        seed=seed,
    )


def history(artifact: Artifact) -> list[dict]:
    return artifact.read_history(HISTORY)[0]


def whole_epochs(artifact: Artifact) -> list[float]:
    return [record["epoch"] for record in history(artifact) if record["whole"]]


def checkpoint_epoch(artifact: Artifact) -> int:
    """The epoch that training would resume from; reading it all shows that it is whole."""
    path = artifact.path / "last.safetensors"
    if not path.exists():
        return 0
    with safe_open(path, framework="np") as file:
        for name in file.keys():  # noqa: SIM118
            file.get_tensor(name)
        return json.loads(file.metadata()["about"])["epoch"]


def digest(artifact: Artifact) -> dict[str, str]:
    return {
        str(path.relative_to(artifact.path)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(artifact.path.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("source", ["digits", "sprites"])
def test_data_is_brought_in(store, source):
    with Engine(store, spares=0) as jobs:
        key = jobs.submit(DataSpec(source=source, n_max=300), "Ann")
        until(lambda: jobs.view(key).status in ("done", "failed"), 60)
        assert jobs.view(key).state.error == ""
    assert len(load_samples(store.artifact(key))) == 300


def test_a_run_brings_its_data_trains_stops_and_resumes(store):
    spec = training(n_epochs=6)
    store.create(DIGITS)
    with Engine(store, spares=0) as jobs:
        key = jobs.submit(spec, "Ann")
        artifact = store.artifact(key)
        until(lambda: len(whole_epochs(artifact)) >= 2, 90)
        before = time.monotonic()
        jobs.stop(key, "Ann")
        until(lambda: jobs.view(key).status == "stopped", 5)
        assert time.monotonic() - before < 2.2
        kept = checkpoint_epoch(artifact)
        assert 2 <= kept < 6
        jobs.submit(spec, "Ann")
        until(lambda: jobs.view(key).status == "done", 90)
    assert whole_epochs(artifact) == [1, 2, 3, 4, 5, 6]
    assert history(artifact)[-1]["last"]
    assert artifact.has("weights.safetensors")
    assert look(store, DIGITS.key).status == "done"


def test_a_training_of_10_000_epochs_makes_way_for_two_and_its_curve_goes_on(store):
    store.create(DIGITS)
    with Engine(store, spares=1, slice_s=2.0) as jobs:
        until(lambda: jobs.is_warm, 60)
        hog = store.artifact(jobs.submit(training(n_epochs=10_000), "Ann"))
        until(lambda: len(whole_epochs(hog)) >= 2, 90)
        short = store.artifact(jobs.submit(training(n_epochs=2, seed=1), "Bo"))
        until(lambda: jobs.view(short.key).status == "done", 90)
        assert len(whole_epochs(short)) == 2
        n_before = len(whole_epochs(hog))
        until(lambda: len(whole_epochs(hog)) > n_before + 2, 90)
        assert jobs.view(hog.key).status == "running"
    epochs = whole_epochs(hog)
    assert epochs == list(range(1, len(epochs) + 1))


def test_a_training_that_another_worker_has_taken_over_keeps_off_its_checkpoint(store):
    store.create(DIGITS)
    artifact = store.create(training(n_epochs=10_000))
    work = JobThread(store, artifact.key, "slow")
    until(lambda: checkpoint_epoch(artifact), 60)
    held = taken_over(store, artifact.key)
    Artifact(artifact.path, check=held.check).write_bytes("last.safetensors", b"of another")
    n_records = len(history(artifact))
    work.join(20)
    assert work.has_lost
    assert (artifact.path / "last.safetensors").read_bytes() == b"of another"
    assert len(history(artifact)) <= n_records + 1  # one may have been on its way


APP = """
import sys, time
from aecore.jobs import Engine
from aecore.store import Store
store = Store(sys.argv[1])
jobs = Engine(store, spares=int(sys.argv[3]))
jobs.submit(store.artifact(sys.argv[2]).spec, "Ann")
time.sleep(600)
"""


class Watched:
    """A long run, and what must hold of it after every kill."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.artifact = store.create(training(n_epochs=10_000))
        self.reached = 0.0
        self.n_in_training = 0

    def check(self) -> None:
        kept = checkpoint_epoch(self.artifact)
        records = history(self.artifact)
        now = records[-1]["epoch"] if records else 0.0
        n_train = len(load_samples(self.store.artifact(DIGITS.key)).parts["train"])
        lost_s = (now - kept) * n_train / records[-1]["n_per_s"] if records else 0.0
        assert now - kept <= 1.0 or lost_s <= LATEST_S + 1.0, "more than seconds of work is lost"
        assert kept >= int(self.reached), "what an earlier kill had left was lost"
        epochs = whole_epochs(self.artifact)
        assert epochs == sorted(set(epochs))
        assert epochs[:kept] == list(range(1, kept + 1))
        seen = look(self.store, self.artifact.key)
        assert seen.status != "failed" or seen.state.n_deaths, "it failed of something else"
        self.n_in_training += kept > self.reached
        self.reached = max(self.reached, float(kept))


@pytest.fixture
def finished(store) -> dict[str, dict[str, str]]:
    """Artifacts that are done, and what is in their files."""
    spec = training(n_epochs=1, seed=1)
    store.create(DIGITS)
    with Engine(store, spares=0) as jobs:
        key = jobs.submit(spec, "Ann")
        until(lambda: jobs.view(key).status == "done", 90)
    return {key: digest(store.artifact(key)) for key in (DIGITS.key, key)}


@pytest.mark.timeout(400)
def test_kills_of_the_worker_at_random_moments_lose_an_epoch_or_seconds(store, finished):
    chance = random.Random(SEED)
    watched = Watched(store)
    key = watched.artifact.key
    with Engine(store, spares=1) as jobs:
        for _ in range(N_KILLS):
            jobs.submit(watched.artifact.spec, "Ann")
            worker = until(lambda: jobs._jobs[key].worker)
            if chance.random() < 0.8:  # else it dies while it starts
                until(lambda worker=worker: worker.has_begun, 60)
            moment = time.monotonic() + chance.uniform(0, REACH_S)
            until(lambda moment=moment: time.monotonic() > moment)
            worker.kill()
            until(lambda: jobs.view(key).status in ("interrupted", "failed"), 3)
            view = jobs.view(key)
            if view.status == "failed" and not view.state.n_deaths:  # before it was ready
                assert not worker.is_ready
            else:
                watched.check()
    assert watched.n_in_training >= N_KILLS // 3, "the kills came too early to show anything"
    assert {key: digest(store.artifact(key)) for key in finished} == finished


@pytest.mark.long
@pytest.mark.timeout(400)
def test_kills_of_the_app_at_random_moments_lose_an_epoch_or_seconds(store, finished, tmp_path):
    chance = random.Random(SEED + 1)
    watched = Watched(store)
    code = tmp_path / "app.py"
    code.write_text(APP)
    for n in range(N_KILLS):
        spares = str(n % 2)  # with a worker that waits and without, in turns
        app = subprocess.Popen([sys.executable, code, store.root, watched.artifact.key, spares])
        if chance.random() < 0.8:
            n_records = len(history(watched.artifact))
            until(lambda n=n_records: len(history(watched.artifact)) != n, 60)
        moment = time.monotonic() + chance.uniform(0, REACH_S)
        until(lambda moment=moment: time.monotonic() > moment)
        app.kill()
        app.wait()
        until(lambda: look(store, watched.artifact.key).status != "running", 4)
        watched.check()
    assert watched.n_in_training >= N_KILLS // 3, "the kills came too early to show anything"
    assert {key: digest(store.artifact(key)) for key in finished} == finished
    assert not leftovers(store.root)


def leftovers(root: Path) -> list[Path]:
    """Half-written files of artifacts that are done."""
    return [path for path in root.glob("artifacts/data-*/.*") if path.suffix == ".tmp"]
