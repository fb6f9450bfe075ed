"""The queue stands in the store: another process lists it, and stops what is in it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from aecore.cli import main
from aecore.jobs import Engine, look, read_queue
from aecore.jobs.askers import COMMAND_LINE, Askers, forget_the_dead
from aecore.jobs.ending import stop_for_all
from aecore.jobs.queue import whose
from aecore.store import Store
from tests.core.jobs.fakes import PLUGIN, data_spec, run_spec, steps_of, until


@pytest.fixture
def jobs(a_store):
    with Engine(a_store, spares=0, plugins=(PLUGIN,)) as made:
        yield made


@pytest.fixture
def queued(jobs, a_store) -> list[str]:
    """Ann's training runs; another of hers and Bo's wait, Bo's first."""
    a_store.create(data_spec())
    first = jobs.submit(run_spec(data_spec(), 1), "Ann", title="secret", n_steps=10_000)
    until(lambda: steps_of(a_store.artifact(first)))
    keys = [
        jobs.submit(run_spec(data_spec(), 2), "Ann"),
        jobs.submit(run_spec(data_spec(), 3), "Bo"),
    ]
    return [first, *keys]


def command(store: Store, *words: str) -> str:
    found = CliRunner().invoke(main, ["--store", str(store.root), *words], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def test_a_command_lists_what_the_app_was_asked_for_in_the_order_of_its_engine(
    jobs, a_store, queued
):
    script = [sys.executable, "-m", "aecore.cli", "--store", str(a_store.root), "jobs", "--json"]
    answer = subprocess.run(script, capture_output=True, text=True, check=True)
    rows = json.loads(answer.stdout)
    first, second, third = queued
    assert [(row["key"], row["status"], row["place"]) for row in rows] == [
        (first, "running", None),
        (third, "queued", 1),
        (second, "queued", 2),
    ]
    assert [row["askers"] for row in rows] == [[whose("Ann")], [whose("Bo")], [whose("Ann")]]
    assert [row["place"] for row in rows[1:]] == [jobs.view(key).place for key in (third, second)]
    assert {row["title"] for row in rows} == {"Training"}
    assert "secret" not in answer.stdout


def test_who_was_served_is_known_to_an_engine_that_starts_later(jobs, a_store, queued):
    assert [job.key for job in read_queue(a_store)] == [queued[0], queued[2], queued[1]]
    jobs.close()
    with Engine(a_store, spares=0, plugins=(PLUGIN,)) as later:
        served = later._turns._served
        assert served["Ann"] == 1


def test_a_stop_from_the_terminal_ends_what_runs_and_what_waits(jobs, a_store, queued):
    first, second, third = queued
    assert command(a_store, "stop", second) == "Stopped.\n"
    until(lambda: second not in jobs._jobs, 2)
    assert look(a_store, second).status == "new"
    assert command(a_store, "stop", first) == "Stopped.\n"
    until(lambda: jobs.view(first).status == "stopped", 2)
    until(lambda: jobs.view(third).status == "done")
    assert command(a_store, "stop", first) == "It is neither running nor waiting.\n"
    until(lambda: not jobs._jobs)
    assert command(a_store, "jobs") == "No job is running or waiting.\n"


def test_a_stop_for_all_speaks_for_every_app_that_asks(jobs, a_store):
    with Engine(a_store, spares=0, plugins=(PLUGIN,)) as other:
        key = jobs.submit(data_spec(), "Ann", n_steps=10_000)
        until(lambda: steps_of(a_store.artifact(key)))
        other.submit(data_spec(), "Bo")
        until(lambda: other._jobs[key].phase == "elsewhere")
        jobs.stop(key, None)
        until(lambda: look(a_store, key).status == "stopped", 2)
        until(lambda: not jobs._jobs and not other._jobs, 2)
        assert look(a_store, key).n_askers == 0


def test_what_a_command_computes_is_in_the_list_as_its_own(a_store):
    askers = Askers(a_store)
    key = a_store.create(data_spec()).key
    askers.set(key, {COMMAND_LINE})
    (row,) = read_queue(a_store)
    assert (row.key, row.lane, row.place) == (key, "light", 1)
    assert [whose(asker) for asker in row.askers] == ["command line"]
    stop_for_all(a_store, key)
    assert read_queue(a_store) == []
    assert askers.is_taken_back(key)
    askers.set(key, {COMMAND_LINE})
    assert not askers.is_taken_back(key)
    askers.close()
    stop_for_all(a_store, key)
    forget_the_dead(a_store, key)
    assert list((a_store.root / "asked" / key).iterdir()) == []


def test_a_wish_that_is_gone_because_its_app_was_taken_for_dead_stops_nothing(jobs, a_store):
    key = jobs.submit(data_spec(), "Ann", n_steps=200)
    until(lambda: steps_of(a_store.artifact(key)))
    (wish,) = (a_store.root / "asked" / key).iterdir()
    wish.unlink()
    until(lambda: jobs.view(key).status == "done")
    assert len(steps_of(a_store.artifact(key))) == 200


def test_what_is_done_or_was_asked_for_by_the_dead_is_in_no_list(jobs, a_store):
    done = jobs.submit(data_spec(), "Ann")
    until(lambda: jobs.view(done).status == "done")
    dead = Askers(a_store)
    dead.set(a_store.create(data_spec(1)).key, {"Ann"})
    dead.close()
    until(lambda: not jobs._jobs)
    assert read_queue(a_store) == []
