"""An engine with real worker processes, whose jobs only count."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time

import pytest

from aecore.claims import claim, is_live
from aecore.errors import ArtifactMissingError, QueueFullError, SpecError, WorkerError
from aecore.jobs import Engine, engine, look, process
from aecore.jobs.askers import ask_to_stop
from aecore.jobs.perform import perform
from aecore.specs.base import Work
from aecore.specs.data import DataSpec
from aecore.store import Store
from tests.core.jobs.fakes import PLUGIN, data_spec, log_of, run_spec, steps_of, until


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def jobs(store):
    with Engine(store, spares=0, plugins=(PLUGIN,)) as made:
        yield made


def status_is(jobs: Engine, key: str, status: str) -> bool:
    return jobs.view(key).status == status


def worker_of(jobs: Engine, key: str):
    return jobs._jobs[key].worker


def test_a_job_runs_and_ends_done_in_another_process(jobs, store):
    key = jobs.submit(data_spec(), "Ann", title="mine")
    assert jobs.view(key).is_live
    until(lambda: status_is(jobs, key, "done"))
    steps = steps_of(store.artifact(key))
    assert [step["step"] for step in steps] == [0, 1, 2]
    assert steps[0]["process"] != os.getpid()
    assert store.artifact(key).about["title"] == "mine"
    assert look(store, key).status == "done"


def test_what_is_done_is_not_done_again(jobs, store):
    key = jobs.submit(data_spec(), "Ann")
    until(lambda: status_is(jobs, key, "done"))
    until(lambda: not jobs._jobs)
    assert jobs.submit(data_spec(), "Bo") == key
    assert jobs.view(key).status == "done"
    assert not jobs._jobs
    assert len(log_of(store)) == 2


def test_a_second_asker_joins_and_a_stop_detaches_only_the_one_who_stops(jobs, store):
    key = jobs.submit(data_spec(), "Ann", n_steps=10_000)
    assert jobs.submit(data_spec(), "Bo") == key
    until(lambda: steps_of(store.artifact(key)))
    assert jobs.view(key).n_askers == 2
    jobs.stop(key, "Ann")
    assert jobs.view(key).n_askers == 1
    n_steps = len(steps_of(store.artifact(key)))
    until(lambda: len(steps_of(store.artifact(key))) > n_steps + 20)
    assert jobs.view(key).status == "running"
    jobs.stop(key, "Bo")
    until(lambda: status_is(jobs, key, "stopped"), 2)
    assert jobs.view(key).n_askers == 0
    assert [word for word, _, _ in log_of(store)] == ["begin", "end"]


@pytest.mark.slow
def test_a_worker_that_does_not_listen_is_stopped_within_two_seconds(jobs, store):
    key = jobs.submit(data_spec(), "Ann", then="hang")
    until(lambda: len(steps_of(store.artifact(key))) == 3)
    before = time.monotonic()
    jobs.stop(key, "Ann")
    until(lambda: status_is(jobs, key, "stopped"), 5)
    assert time.monotonic() - before < 2.2  # 2 s and the reading of a busy machine
    assert look(store, key).status == "stopped"
    assert not is_live(store, key)


@pytest.mark.slow
@pytest.mark.parametrize("save_s", [3.0, 0.0])
def test_a_stop_waits_for_what_is_being_saved_and_for_nothing_else(jobs, store, save_s):
    key = jobs.submit(data_spec(), "Ann", n_steps=10_000, save_s=save_s)
    artifact = store.artifact(key)
    until(lambda: steps_of(artifact))
    before = time.monotonic()
    jobs.stop(key, "Ann")
    until(lambda: status_is(jobs, key, "stopped"), 8)
    assert save_s <= time.monotonic() - before < save_s + 2
    assert artifact.read_json("saved.json")["process"] == steps_of(artifact)[0]["process"]
    assert [word for word, _, _ in log_of(store)] == ["begin", "end"]


@pytest.mark.slow
def test_a_save_that_hangs_is_given_up(jobs, store, monkeypatch):
    monkeypatch.setattr(process, "SAVE_S", 2.0)
    key = jobs.submit(data_spec(), "Ann", n_steps=10_000, save_s=3600.0)
    until(lambda: steps_of(store.artifact(key)))
    jobs.stop(key, "Ann")
    until(lambda: status_is(jobs, key, "stopped"), 8)
    assert not store.artifact(key).has("saved.json")


@pytest.mark.slow
def test_a_stop_file_written_by_another_process_is_obeyed_even_by_a_hung_worker(jobs, store):
    key = jobs.submit(data_spec(), "Ann", then="hang")
    until(lambda: len(steps_of(store.artifact(key))) == 3)
    (store.artifact(key).path / "stop").touch()
    until(lambda: status_is(jobs, key, "stopped"), 5)


@pytest.mark.slow
def test_asking_again_while_it_stops_resumes_it(jobs, store):
    key = jobs.submit(data_spec(), "Ann", n_steps=60, step_s=0.05)
    until(lambda: len(steps_of(store.artifact(key))) > 3)
    jobs.stop(key, "Ann")
    jobs.submit(data_spec(), "Ann")
    until(lambda: status_is(jobs, key, "done"))
    assert [step["step"] for step in steps_of(store.artifact(key))] == list(range(60))


def test_a_queued_job_leaves_the_queue_when_it_is_stopped(jobs, store):
    data = data_spec()
    first = jobs.submit(run_spec(data, 1), "Ann", n_steps=10_000)
    store.create(data)
    second = jobs.submit(run_spec(data, 2), "Ann")
    third = jobs.submit(run_spec(data, 3), "Ann")
    until(lambda: status_is(jobs, first, "running"))
    assert [jobs.view(key).place for key in (first, second, third)] == [None, 1, 2]
    assert look(store, second).status == "queued"
    jobs.stop(second, "Ann")
    assert jobs.view(second).status == "new"
    assert jobs.view(third).place == 1


@pytest.mark.slow
def test_sessions_take_turns_on_the_device_and_one_job_has_it_at_a_time(jobs, store):
    data = data_spec()
    perform_data = jobs.submit(data, "Cleo")
    until(lambda: status_is(jobs, perform_data, "done"))
    hold = jobs.submit(run_spec(data, 0), "Cleo", n_steps=10_000)
    until(lambda: steps_of(store.artifact(hold)))
    ann = [jobs.submit(run_spec(data, seed), "Ann") for seed in (1, 2, 3)]
    bo = [jobs.submit(run_spec(data, seed), "Bo") for seed in (4, 5)]
    assert [jobs.view(key).place for key in ann + bo] == [1, 3, 5, 2, 4]
    jobs.stop(hold, "Cleo")
    until(lambda: all(status_is(jobs, key, "done") for key in ann + bo), 60)
    log = [entry for entry in log_of(store) if entry[1].startswith("run-")]
    assert [word for word, _, _ in log] == ["begin", "end"] * 6
    assert [key for word, key, _ in log if word == "begin"] == [
        hold, ann[0], bo[0], ann[1], bo[1], ann[2],
    ]  # fmt: skip
    assert len({process for _, _, process in log}) == 6


def test_who_waits_is_told_how_long(jobs, store):
    data = data_spec()
    store.create(data)
    first = jobs.submit(run_spec(data, 1), "Ann", n_steps=1000, step_s=0.05)
    second = jobs.submit(run_spec(data, 2), "Ann")
    wait_s = until(lambda: jobs.view(second).wait_s)
    eta_s = jobs.view(first).state.eta_s
    assert wait_s == pytest.approx(eta_s, abs=2)
    assert 30 < wait_s <= 50
    assert jobs.view(first).wait_s is None


def test_a_session_is_told_when_it_asks_for_too_much_and_others_are_not(jobs, store):
    data = data_spec()
    store.create(data)
    keys = [jobs.submit(run_spec(data, seed), "Ann", n_steps=10_000) for seed in range(4)]
    with pytest.raises(QueueFullError, match="4 unfinished jobs"):
        jobs.submit(run_spec(data, 9), "Ann")
    assert run_spec(data, 9).key not in store
    assert jobs.submit(run_spec(data, 0), "Ann") == keys[0]
    jobs.submit(run_spec(data, 9), "Bo")
    jobs.stop(keys[3], "Ann")
    jobs.submit(run_spec(data, 10), "Ann")


@pytest.mark.slow
def test_a_killed_worker_is_seen_as_interrupted_and_asking_again_resumes(jobs, store):
    key = jobs.submit(data_spec(), "Ann", n_steps=40, step_s=0.05)
    until(lambda: len(steps_of(store.artifact(key))) > 3)
    worker_of(jobs, key).kill()
    until(lambda: status_is(jobs, key, "interrupted"), 2)
    assert look(store, key).status == "interrupted"
    assert jobs.view(key).n_askers == 0
    jobs.submit(data_spec(), "Ann")
    until(lambda: status_is(jobs, key, "done"))
    steps = steps_of(store.artifact(key))
    assert [step["step"] for step in steps] == list(range(40))
    assert len({step["process"] for step in steps}) == 2


def test_a_killed_worker_gives_the_device_and_its_data_free_at_once(jobs, store):
    data = store.create(data_spec(), n_steps=10_000)
    key = jobs.submit(run_spec(data_spec()), "Ann")
    until(lambda: steps_of(data))
    worker_of(jobs, key).kill()
    until(lambda: status_is(jobs, key, "interrupted"), 2)
    assert jobs.view(data.key).status == "interrupted"
    data.write_json("about.json", {})
    jobs.submit(run_spec(data_spec()), "Ann")
    until(lambda: status_is(jobs, key, "done"), 10)


def test_a_deliberate_failure_and_a_defect_are_both_told(jobs, store, capfd):
    told = jobs.submit(data_spec(1), "Ann", then="deliberate")
    defect = jobs.submit(data_spec(2), "Ann", then="defect")
    until(lambda: not jobs._jobs)
    assert jobs.view(told).status == "failed"
    assert jobs.view(told).state.error == "The file is torn."
    assert jobs.view(defect).status == "failed"
    assert "defect" in jobs.view(defect).state.error
    assert "ZeroDivisionError" in capfd.readouterr().err


@pytest.mark.slow
def test_a_worker_that_cannot_start_is_told_and_not_tried_for_ever(store, capfd):
    with Engine(store, spares=1, plugins=("no_such_module",)) as jobs:
        until(lambda: jobs._crew.gave_up("device"))  # those that were tried have died
        key = jobs.submit(data_spec(), "Ann")
        until(lambda: status_is(jobs, key, "failed"))
        assert "could not start" in jobs.view(key).state.error
        assert not jobs._crew.workers
    assert "no_such_module" in capfd.readouterr().err


@pytest.mark.slow
def test_two_engines_on_one_store_never_compute_a_key_twice(jobs, store):
    with Engine(store, spares=0, plugins=(PLUGIN,)) as other:
        specs = [data_spec(seed) for seed in range(4)]
        for spec in specs:
            store.create(spec, n_steps=30)
        ask = [
            threading.Thread(target=one.submit, args=(spec, "Ann"))
            for spec in specs
            for one in (jobs, other)
        ]
        for thread in ask:
            thread.start()
        for thread in ask:
            thread.join()
        keys = [spec.key for spec in specs]
        until(lambda: all(status_is(one, key, "done") for one in (jobs, other) for key in keys), 40)
        until(lambda: not jobs._jobs and not other._jobs)
    begun = [key for word, key, _ in log_of(store) if word == "begin"]
    assert sorted(begun) == sorted(keys)


def test_a_stop_in_one_app_does_not_stop_what_another_app_asks_for(jobs, store):
    with Engine(store, spares=0, plugins=(PLUGIN,)) as other:
        key = jobs.submit(data_spec(), "Ann", n_steps=10_000)
        until(lambda: steps_of(store.artifact(key)))
        other.submit(data_spec(), "Bo")
        until(lambda: other._jobs[key].phase == "elsewhere")
        assert jobs.view(key).n_askers == other.view(key).n_askers == 2
        jobs.stop(key, "Ann")
        n_steps = len(steps_of(store.artifact(key)))
        until(lambda: len(steps_of(store.artifact(key))) > n_steps + 30)
        assert other.view(key).status == "running"
        other.stop(key, "Bo")
        until(lambda: status_is(other, key, "stopped"), 2)


def test_leaving_what_the_command_line_computes_does_not_stop_it(jobs, store, monkeypatch):
    monkeypatch.setattr(DataSpec, "work", Work("tests.core.jobs.fakes:compute"))
    artifact = store.create(data_spec(), n_steps=10_000)
    command = threading.Thread(target=perform, args=(store, artifact.key))
    command.start()
    until(lambda: steps_of(artifact))
    key = jobs.submit(data_spec(), "Ann")
    until(lambda: jobs._jobs[key].phase == "elsewhere")
    assert jobs.view(key).status == "running"
    jobs.stop(key, "Ann")
    n_steps = len(steps_of(artifact))
    until(lambda: len(steps_of(artifact)) > n_steps + 30)
    ask_to_stop(store, key)
    command.join(2)
    assert not command.is_alive()
    until(lambda: not jobs._jobs)
    assert jobs.view(key).status == "stopped"


@pytest.mark.slow
def test_an_app_takes_over_what_another_gave_up(jobs, store):
    artifact = store.create(data_spec(), n_steps=200)
    held = claim(store, artifact.key)
    jobs.submit(data_spec(), "Ann")
    until(lambda: jobs._jobs[artifact.key].phase == "elsewhere")
    assert jobs.view(artifact.key).status == "running"
    held.release()
    until(lambda: status_is(jobs, artifact.key, "done"))


def test_closing_ends_all_workers_and_leaves_their_jobs_interrupted(store):
    jobs = Engine(store, spares=1, plugins=(PLUGIN,))
    data = data_spec()
    store.create(data)
    running = jobs.submit(run_spec(data, 1), "Ann", n_steps=10_000)
    queued = jobs.submit(run_spec(data, 2), "Ann")
    until(lambda: steps_of(store.artifact(running)))
    until(lambda: jobs._crew.spares)
    workers = list(jobs._crew.workers)
    assert len(workers) == 2
    before = time.monotonic()
    jobs.close()
    assert time.monotonic() - before < 3
    assert all(worker.exit_code is not None for worker in workers)
    assert look(store, running).status == "interrupted"
    assert look(store, queued).status == "interrupted"
    with pytest.raises(WorkerError, match="closing"):
        jobs.submit(run_spec(data, 3), "Ann")
    with Engine(store, spares=0, plugins=(PLUGIN,)) as again:
        assert again.view(queued).status == "interrupted"
        again.submit(run_spec(data, 2), "Ann")
        until(lambda: status_is(again, queued, "done"))


def test_a_spare_waits_and_the_next_one_comes_after_the_first_step(store):
    with Engine(store, spares=1, plugins=(PLUGIN,)) as jobs:
        spare = until(lambda: jobs._crew.spares and jobs._crew.spares[0])
        until(lambda: spare.is_ready)
        store.create(data_spec())
        key = jobs.submit(run_spec(data_spec()), "Ann", n_steps=10_000)
        until(lambda: steps_of(store.artifact(key)))
        assert steps_of(store.artifact(key))[0]["process"] == spare.process.pid
        assert until(lambda: jobs._crew.spares)[0] is not spare


@pytest.mark.slow
def test_the_kill_of_an_app_leaves_no_orphan_and_nothing_queued_for_ever(store):
    data = data_spec()
    store.create(data)
    running, queued = (store.create(run_spec(data, seed), n_steps=10_000) for seed in (1, 2))
    code = f"""
import time
from aecore.jobs import Engine
from aecore.store import Store
store = Store({str(store.root)!r})
jobs = Engine(store, spares=1, plugins=({PLUGIN!r},))
for key in {[running.key, queued.key]!r}:
    jobs.submit(store.artifact(key).spec, "Ann")
time.sleep(600)
"""
    app = subprocess.Popen([sys.executable, "-c", code])
    until(lambda: len(steps_of(running)) > 3)
    assert look(store, running.key).status == "running"
    assert look(store, queued.key).status == "queued"
    app.kill()
    app.wait()
    until(lambda: look(store, running.key).status == "interrupted", 3)
    until(lambda: not is_alive(steps_of(running)[0]["process"]), 3)
    until(lambda: look(store, queued.key).status == "interrupted", 20)  # its lease runs out


def is_alive(process: int) -> bool:
    with contextlib.suppress(OSError):
        os.kill(process, 0)
        return True
    return False


def test_a_link_to_nothing_is_told(jobs):
    with pytest.raises(ArtifactMissingError):
        jobs.view(data_spec(5).key)
    with pytest.raises(SpecError):
        jobs.view("../../etc")
    with pytest.raises(SpecError):
        jobs.stop("../../etc", "Ann")


def test_an_artifact_that_is_removed_while_it_waits_leaves_the_queue(jobs, store):
    data = data_spec()
    store.create(data)
    jobs.submit(run_spec(data, 1), "Ann", n_steps=10_000)
    second = jobs.submit(run_spec(data, 2), "Ann")
    store.remove(second)
    until(lambda: second not in jobs._jobs)


def test_the_process_has_one_engine_for_a_store(store, monkeypatch):
    monkeypatch.setenv("AECORE_SPARES", "0")
    made = engine(store)
    assert engine(Store(store.root)) is made
    made.close()


def test_the_queue_and_its_engine_load_neither_torch_nor_streamlit():
    code = "import sys, aecore.jobs; print({'torch', 'streamlit'} & set(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "set()"
