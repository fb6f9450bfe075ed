"""Workers that the system ends: told, counted, and not tried for ever."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from aecore.jobs import Engine, look
from aecore.jobs.crew import MAX_LOST, Crew
from aecore.store import Store
from tests.core.jobs.fakes import PLUGIN, data_spec, steps_of, until


@pytest.fixture
def jobs(a_store):
    with Engine(a_store, spares=0, plugins=(PLUGIN,)) as made:
        yield made


def kill_at_work(jobs: Engine, store: Store, key: str) -> None:
    """End the worker of a job once it has done something, and wait until that is known."""
    n_steps = len(steps_of(store.artifact(key)))
    until(lambda: len(steps_of(store.artifact(key))) > n_steps)
    jobs._jobs[key].worker.kill()
    until(lambda: not jobs.view(key).is_live)


def test_a_job_that_ended_its_worker_twice_has_failed_and_says_why(jobs, a_store):
    key = jobs.submit(data_spec(), "Ann", n_steps=10_000)
    kill_at_work(jobs, a_store, key)
    state = jobs.view(key).state
    assert (look(a_store, key).status, state.n_deaths) == ("interrupted", 1)
    assert state.error == (
        "The system ended the work once, most likely because memory ran out (exit code -9)."
    )
    jobs.submit(data_spec(), "Ann")
    kill_at_work(jobs, a_store, key)
    state = jobs.view(key).state
    assert (look(a_store, key).status, state.n_deaths) == ("failed", 2)
    assert state.error == (
        "The system ended the work twice, most likely because memory ran out (exit code -9)."
    )
    assert state.hint


def test_asked_for_again_after_that_it_counts_anew(jobs, a_store):
    artifact = a_store.create(data_spec(), n_steps=20)
    artifact.set_state(status="failed", n_deaths=2, error="The system ended the work twice.")
    jobs.submit(data_spec(), "Ann")
    until(lambda: jobs.view(artifact.key).status == "done")
    assert (artifact.state.n_deaths, artifact.state.error) == (0, "")


def test_an_app_that_ends_is_no_death_of_its_jobs(jobs, a_store):
    key = jobs.submit(data_spec(), "Ann", n_steps=10_000)
    until(lambda: steps_of(a_store.artifact(key)))
    jobs.close()
    assert (look(a_store, key).status, a_store.artifact(key).state.n_deaths) == ("interrupted", 0)


def test_a_spare_that_dies_while_it_warms_is_replaced_and_the_third_in_a_row_is_the_last(
    a_store, monkeypatch
):
    started = []

    class Worker(SimpleNamespace):
        __hash__ = object.__hash__

    def start(self: Crew, lane: str) -> Worker:
        worker = Worker(lane=lane, is_ready=False, stays=False)
        started.append(worker)
        return worker

    monkeypatch.setattr(Crew, "_start", start)
    crew = Crew(a_store, lambda worker: None, n_spares=1, n_looks=0, plugins=())

    def die() -> None:
        crew.keep(is_starting=False)
        crew.lose(crew.spares[0], is_closing=False)

    die()
    crew.keep(is_starting=False)
    assert len(crew.spares) == 1
    crew.spares[0].is_ready = True
    crew.note_warm(crew.spares[0])  # that one got warm: it was chance
    crew.lose(crew.spares[0], is_closing=False)
    for _ in range(MAX_LOST):
        assert not crew.gave_up("device")
        die()
    crew.keep(is_starting=False)
    assert crew.gave_up("device")
    assert not crew.spares
    assert len(started) == 2 + MAX_LOST
    later = start(crew, "device")  # a job's own worker gets warm: what was wrong is mended
    later.is_ready = True
    crew.note_warm(later)
    crew.keep(is_starting=False)
    assert len(crew.spares) == 1
