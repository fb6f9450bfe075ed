"""The lanes for looking into runs and for what takes long: one worker that stays, or two."""

from __future__ import annotations

import os

import pytest

from aecore.jobs import Engine
from aecore.specs.data import PictureSpec
from aecore.specs.photos import PhotoSpec
from aecore.store import Store
from tests.core.jobs.fakes import (
    LONG,
    LOOK,
    PLUGIN,
    data_spec,
    log_of,
    long_spec,
    look_spec,
    run_spec,
    steps_of,
    until,
)


@pytest.fixture(autouse=True)
def pictures_are_looked_at(monkeypatch):
    monkeypatch.setattr(PictureSpec, "work", LOOK)
    monkeypatch.setattr(PhotoSpec, "work", LONG)


@pytest.fixture
def jobs(a_store):
    with Engine(a_store, spares=0, looks=1, plugins=(PLUGIN,)) as made:
        yield made


def process_of(store: Store, key: str) -> int:
    return steps_of(store.artifact(key))[-1]["process"]


def is_done(jobs: Engine, key: str) -> bool:
    return jobs.view(key).status == "done"


def test_one_process_does_job_after_job(jobs, a_store):
    keys = [jobs.submit(look_spec(seed), "Ann") for seed in range(3)]
    until(lambda: all(is_done(jobs, key) for key in keys))
    assert len({process_of(a_store, key) for key in keys}) == 1
    until(lambda: jobs._crew.looks)
    assert process_of(a_store, keys[0]) == jobs._crew.looks[0].process.pid
    assert len(jobs._crew.workers) == 1
    words = [word for word, _, _ in log_of(a_store)]
    assert words == ["begin", "end"] * 3, "they were not one after the other"


def test_stop_keeps_the_warm_process(jobs, a_store):
    key = jobs.submit(look_spec(1), "Ann", n_steps=10_000)
    until(lambda: steps_of(a_store.artifact(key)))
    jobs.stop(key, "Ann")
    until(lambda: jobs.view(key).status == "stopped", 2)
    after = jobs.submit(look_spec(2), "Ann")
    until(lambda: is_done(jobs, after))
    assert process_of(a_store, after) == process_of(a_store, key)


def test_a_stopped_job_that_is_asked_for_again_is_not_killed_by_the_old_stop(jobs, a_store):
    key = jobs.submit(look_spec(1), "Ann", n_steps=300)  # over three seconds
    until(lambda: steps_of(a_store.artifact(key)))
    jobs.stop(key, "Ann")
    until(lambda: jobs.view(key).status == "stopped", 2)
    jobs.submit(look_spec(1), "Ann")
    until(lambda: is_done(jobs, key))
    assert len({step["process"] for step in steps_of(a_store.artifact(key))}) == 1


@pytest.mark.slow
def test_one_that_does_not_listen_is_killed_and_replaced(jobs, a_store):
    key = jobs.submit(look_spec(1), "Ann", then="hang")
    until(lambda: len(steps_of(a_store.artifact(key))) == 3)
    jobs.stop(key, "Ann")
    until(lambda: jobs.view(key).status == "stopped", 5)
    until(lambda: any(worker.is_ready for worker in jobs._crew.looks))
    after = jobs.submit(look_spec(2), "Ann")
    until(lambda: is_done(jobs, after))
    assert process_of(a_store, after) != process_of(a_store, key)


def test_a_deliberate_failure_is_told_and_the_process_goes_on(jobs, a_store):
    failed = jobs.submit(look_spec(1), "Ann", then="deliberate")
    until(lambda: jobs.view(failed).status == "failed")
    assert jobs.view(failed).state.error == "The file is torn."
    after = jobs.submit(look_spec(2), "Ann")
    until(lambda: is_done(jobs, after))
    assert process_of(a_store, after) == process_of(a_store, failed)


def test_a_defect_ends_the_process_and_the_next_job_has_a_new_one(jobs, a_store):
    broken = jobs.submit(look_spec(1), "Ann", then="defect")
    until(lambda: jobs.view(broken).status == "failed")
    after = jobs.submit(look_spec(2), "Ann")
    until(lambda: is_done(jobs, after))
    assert process_of(a_store, after) != process_of(a_store, broken)
    log = (a_store.artifact(broken).path / "error.log").read_text()
    assert "ZeroDivisionError: a defect of this test" in log


def test_looking_goes_on_beside_a_training(jobs, a_store):
    a_store.create(data_spec())
    training = jobs.submit(run_spec(data_spec()), "Ann", n_steps=10_000)
    until(lambda: steps_of(a_store.artifact(training)))
    key = jobs.submit(look_spec(), "Ann")
    until(lambda: is_done(jobs, key))
    assert jobs.view(training).status == "running"
    assert process_of(a_store, key) not in (os.getpid(), process_of(a_store, training))


def test_looking_does_not_wait_for_what_takes_long(jobs, a_store):
    long = jobs.submit(long_spec(), "Ann", n_steps=10_000)
    next_long = jobs.submit(long_spec(1), "Bo")
    until(lambda: steps_of(a_store.artifact(long)))
    keys = [jobs.submit(look_spec(seed), "Bo") for seed in range(2)]
    until(lambda: all(is_done(jobs, key) for key in keys))
    assert jobs.view(long).status == "running"
    waits = jobs.view(next_long)
    assert (waits.status, waits.place) == ("queued", 1)
    assert len({process_of(a_store, key) for key in (long, *keys)}) == 2
    jobs.stop(long, "Ann")
    until(lambda: is_done(jobs, next_long))


def test_what_takes_long_has_the_warm_process_and_one_is_left_in_the_end(jobs, a_store):
    first = until(lambda: [worker for worker in jobs._crew.looks if worker.is_ready])[0]
    long = jobs.submit(long_spec(), "Ann", n_steps=10_000)
    until(lambda: steps_of(a_store.artifact(long)))
    assert process_of(a_store, long) == first.process.pid
    assert jobs._crew.workers == {first}, "another was started though nobody looks"
    key = jobs.submit(look_spec(), "Bo")
    until(lambda: is_done(jobs, key))
    second = until(lambda: jobs._crew.looks)[0]
    assert second is not first
    jobs.stop(long, "Ann")
    until(lambda: jobs._crew.workers == {second})
    assert jobs.view(long).status == "stopped"
    after = jobs.submit(long_spec(1), "Ann")
    until(lambda: is_done(jobs, after))
    assert process_of(a_store, after) == second.process.pid


def test_without_spares_a_worker_does_one_job_and_ends(a_store):
    with Engine(a_store, spares=0, plugins=(PLUGIN,)) as jobs:
        keys = [jobs.submit(look_spec(seed), "Ann") for seed in range(2)]
        until(lambda: all(is_done(jobs, key) for key in keys))
        until(lambda: not jobs._crew.workers)
    assert process_of(a_store, keys[0]) != process_of(a_store, keys[1])


def test_an_idle_one_that_has_worked_ends_at_once_with_the_app(a_store):
    with Engine(a_store, spares=0, looks=1, plugins=(PLUGIN,)) as jobs:
        key = jobs.submit(look_spec(), "Ann")
        until(lambda: is_done(jobs, key))
        worker = until(lambda: jobs._crew.looks)[0]
        worker.end()
        assert worker.wait(1.5), "it waited as if it were still at work"
