"""A worker process: warm, one job, and never left over."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import aecore
from aecore.claims import is_live
from aecore.jobs.askers import ask_to_stop
from aecore.jobs.process import WorkerProcess
from aecore.jobs.view import look
from aecore.store import Store
from tests.core.jobs.fakes import PLUGIN, data_spec, run_spec, steps_of, until


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def start(store):
    workers = []

    def start(lane="light", plugins=(PLUGIN,)) -> WorkerProcess:
        workers.append(WorkerProcess(store, lane, lambda worker: None, plugins))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait(10)


def test_it_says_ready_performs_what_it_is_given_and_ends(store, start):
    artifact = store.create(data_spec())
    worker = start()
    until(lambda: worker.is_ready)
    assert worker.give(artifact.key)
    assert worker.wait(20)
    assert worker.exit_code == 0
    assert worker.has_begun
    assert worker.result == artifact.state
    assert artifact.state.status == "done"


def test_a_key_may_be_given_before_it_is_ready(store, start):
    artifact = store.create(data_spec())
    worker = start()
    worker.give(artifact.key)
    assert worker.wait(20)
    assert worker.result.status == "done"


def test_an_idle_worker_ends_at_once_with_its_standard_input(store, start):
    worker = start()
    until(lambda: worker.is_ready)
    worker.end()
    assert worker.wait(2)
    assert worker.exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize("then", ["", "hang"])
def test_the_end_of_standard_input_ends_a_busy_worker_within_two_seconds(store, start, then):
    n_steps = 3 if then else 10_000
    artifact = store.create(data_spec(), n_steps=n_steps, then=then)
    worker = start()
    worker.give(artifact.key)
    until(lambda: len(steps_of(artifact)) >= 3)
    worker.end()
    assert worker.wait(3)
    assert not is_live(store, artifact.key)
    assert look(store, artifact.key).status == "interrupted"


def test_a_stop_from_another_process_ends_it_within_two_seconds(store, start):
    artifact = store.create(data_spec(), n_steps=10_000)
    worker = start()
    worker.give(artifact.key)
    until(lambda: steps_of(artifact))
    ask_to_stop(store, artifact.key)
    assert worker.wait(2)
    assert worker.result.status == "stopped"


def test_a_defect_ends_it_with_a_code_and_a_traceback(store, start, capfd):
    artifact = store.create(data_spec(), then="defect")
    worker = start()
    worker.give(artifact.key)
    assert worker.wait(20)
    assert worker.exit_code == 1
    assert worker.result.status == "failed"
    assert "ZeroDivisionError: a defect of this test" in capfd.readouterr().err


def test_what_a_job_prints_does_not_confuse_the_supervisor(store, start, tmp_path, monkeypatch):
    (tmp_path / "chatty.py").write_text('print("ready\\nend {}")')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    artifact = store.create(data_spec())
    worker = start(plugins=(PLUGIN, "chatty"))
    worker.give(artifact.key)
    assert worker.wait(20)
    assert worker.result.status == "done"


def test_the_death_of_its_supervisor_leaves_no_orphan(store):
    artifact = store.create(data_spec(), n_steps=10_000)
    code = f"""
import time
from aecore.jobs.process import WorkerProcess
from aecore.store import Store
worker = WorkerProcess(Store({str(store.root)!r}), "light", print, ({PLUGIN!r},))
worker.give({artifact.key!r})
print("given", worker.process.pid, flush=True)
time.sleep(600)
"""
    app = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with app, app.stdout:
        until(lambda: steps_of(artifact))
        app.kill()
    before = time.monotonic()
    until(lambda: not is_live(store, artifact.key), 3)
    assert time.monotonic() - before < 3
    assert look(store, artifact.key).status == "interrupted"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_threads_wait_awake_only_where_a_model_is_trained(store, start, monkeypatch):
    def spins(worker: WorkerProcess) -> str:
        until(lambda: worker.is_ready)
        given = Path(f"/proc/{worker.process.pid}/environ").read_bytes().split(b"\0")
        return dict(pair.split(b"=", 1) for pair in given if pair)[b"GOMP_SPINCOUNT"].decode()

    monkeypatch.setenv("GOMP_SPINCOUNT", aecore.SPIN_TURNS)
    assert spins(start("device")) == aecore.SPIN_TURNS != "0"
    assert spins(start("light")) == "0"
    monkeypatch.setenv("GOMP_SPINCOUNT", "123")
    assert spins(start("light")) == "123"  # what somebody has chosen is kept


@pytest.mark.slow
def test_a_real_worker_warms_torch_up(store, start):
    run = store.create(run_spec(data_spec()))
    worker = start("device", plugins=())
    until(lambda: worker.is_ready or worker.exit_code is not None, 60)
    assert worker.is_ready
    worker.give(run.key)  # whose data nobody has asked for
    assert worker.wait(20)
    assert worker.result.status == "failed"
    assert worker.exit_code == 0
