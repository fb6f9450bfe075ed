"""Nobody holds more than a share: long trainings make way, one import leaves room for another's."""

from __future__ import annotations

import time

import pytest

from aecore.claims import is_live
from aecore.errors import QueueFullError
from aecore.jobs import Engine, device, look, share
from aecore.jobs.in_turns import perform_in_turns
from aecore.jobs.perform import perform
from aecore.jobs.share import is_waited_for, may_begin
from aecore.jobs.turns import Job, Turns
from aecore.specs.base import Work
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from tests.core.jobs.fakes import PLUGIN, data_spec, run_spec, steps_of, until


@pytest.fixture
def jobs(a_store, monkeypatch):
    monkeypatch.setattr(share, "LEAVE_S", 0.3)
    with Engine(a_store, spares=0, slice_s=0.2, plugins=(PLUGIN,)) as made:
        yield made


def test_a_long_training_makes_way_for_others_and_goes_on_after_them(jobs, a_store):
    a_store.create(data_spec())
    hog = jobs.submit(run_spec(data_spec(), 1), "Ann", n_steps=10_000)
    until(lambda: steps_of(a_store.artifact(hog)))
    before = time.monotonic()
    short = jobs.submit(run_spec(data_spec(), 2), "Bo", n_steps=2)
    until(lambda: jobs.view(short).status == "done")
    assert time.monotonic() - before < 10
    n_before = len(steps_of(a_store.artifact(hog)))
    until(lambda: len(steps_of(a_store.artifact(hog))) > n_before)
    steps = steps_of(a_store.artifact(hog))
    assert [step["step"] for step in steps] == list(range(len(steps)))
    assert len({step["process"] for step in steps}) > 1
    assert jobs.view(hog).status == "running"
    assert jobs.view(hog).n_askers == 1


def test_what_made_way_is_queued_for_every_process_and_says_that_it_goes_on(jobs, a_store):
    a_store.create(data_spec())
    hog = jobs.submit(run_spec(data_spec(), 1), "Ann", n_steps=10_000)
    until(lambda: steps_of(a_store.artifact(hog)))
    other = jobs.submit(run_spec(data_spec(), 2), "Bo", n_steps=10_000)
    until(lambda: jobs.view(hog).is_again)
    seen = look(a_store, hog)
    assert (seen.status, seen.state.status, jobs.view(hog).place) == ("queued", "paused", 1)
    assert seen.state.progress > 0
    jobs.stop(other, "Bo")
    until(lambda: jobs.view(hog).status == "running")


def test_what_made_way_and_is_stopped_is_stopped(jobs, a_store):
    a_store.create(data_spec())
    hogs = [
        jobs.submit(run_spec(data_spec(), n), who, n_steps=10_000) for n, who in enumerate("AB")
    ]
    paused = until(lambda: [key for key in hogs if jobs.view(key).is_again])[0]
    jobs.stop(paused, "AB"[hogs.index(paused)])
    assert look(a_store, paused).status == "stopped"
    assert not is_live(a_store, paused)


def test_what_made_way_for_others_is_interrupted_where_its_app_ends(jobs, a_store):
    a_store.create(data_spec())
    hog = jobs.submit(run_spec(data_spec(), 1), "Ann", n_steps=10_000)
    until(lambda: steps_of(a_store.artifact(hog)))
    jobs.submit(run_spec(data_spec(), 2), "Bo", n_steps=10_000)
    until(lambda: jobs.view(hog).is_again)
    jobs.close()
    assert look(a_store, hog).status == "interrupted"


def test_nothing_makes_way_for_the_same_person(jobs, a_store):
    a_store.create(data_spec())
    first = jobs.submit(run_spec(data_spec(), 1), "Ann", n_steps=60)
    second = jobs.submit(run_spec(data_spec(), 2), "Ann", n_steps=1)
    until(lambda: jobs.view(second).status == "done")
    assert len({step["process"] for step in steps_of(a_store.artifact(first))}) == 1


def test_one_person_with_two_imports_leaves_a_light_lane_to_others(jobs, a_store):
    ann = [jobs.submit(data_spec(n), "Ann", n_steps=10_000) for n in range(2)]
    until(lambda: steps_of(a_store.artifact(ann[0])))
    bo = jobs.submit(data_spec(2), "Bo")
    until(lambda: jobs.view(bo).status == "done")
    assert [jobs.view(key).status for key in ann] == ["running", "queued"]
    jobs.stop(ann[0], "Ann")
    until(lambda: jobs.view(ann[1]).status == "running")


def test_a_lane_of_one_is_open_to_anybody_and_a_lane_of_two_keeps_one_for_others():
    ann, bo = (Job(who, "light", 0, {who}) for who in ("Ann", "Bo"))
    both = Job("both", "light", 0, {"Ann", "Bo"})
    assert may_begin(ann, [], "device")
    assert may_begin(ann, [], "light")
    assert not may_begin(ann, [ann], "light")
    assert may_begin(bo, [ann], "light")
    assert may_begin(both, [ann], "light")
    assert not is_waited_for(ann, [ann, both])
    assert is_waited_for(ann, [both, bo])


@pytest.fixture
def fakes_have_the_device(monkeypatch):
    """In this process too what is counted resumes, and waits for the workers' device."""
    monkeypatch.setattr(share, "LOOK_S", 0.1)
    for kind in (DataSpec, RunSpec):
        work = Work("tests.core.jobs.fakes:compute", kind.work.lane, resumes=True)
        monkeypatch.setattr(kind, "work", work)
    monkeypatch.setattr(device, "claim_name", lambda: "device-here-fake")


def test_a_command_makes_way_for_a_person_and_goes_on_where_it_was(
    jobs, a_store, fakes_have_the_device
):
    a_store.create(data_spec())
    command = a_store.create(run_spec(data_spec(), 1), n_steps=10_000)
    person = run_spec(data_spec(), 2)
    counted = []

    def watch(key, progress):
        if key == command.key and progress.phase == "counting":
            counted.append(progress.n_done)
        if counted == list(range(6)):
            jobs.submit(person, "Bo", n_steps=2)

    def has_gone_on():
        return counted.count(0) == 2 and counted[-1] > 0

    state = perform_in_turns(a_store, command.key, stop=has_gone_on, watch=watch, slice_s=0.1)
    assert state.status == "stopped"
    assert a_store.artifact(person.key).state.status == "done"
    steps = [step["step"] for step in steps_of(command)]
    assert steps == list(range(len(steps)))


def test_a_command_that_made_way_can_be_stopped(jobs, a_store, fakes_have_the_device):
    a_store.create(data_spec())
    command = a_store.create(run_spec(data_spec(), 1), n_steps=10_000)
    seen = []

    def watch(key, progress):
        if progress.n_done == 5:
            jobs.submit(run_spec(data_spec(), 2), "Bo", n_steps=10_000)

    def stop():
        view = look(a_store, command.key)
        if view.state.status == "paused":
            seen.append(view.status)
        return bool(seen)

    state = perform_in_turns(a_store, command.key, stop=stop, watch=watch, slice_s=0.1)
    assert (state.status, seen[0]) == ("stopped", "queued")
    assert not is_live(a_store, command.key)


def test_all_together_have_a_limit_too(a_store):
    with Engine(a_store, spares=0, max_in_all=3, plugins=(PLUGIN,)) as jobs:
        a_store.create(data_spec())
        for n, who in enumerate(("Ann", "Bo", "Cleo")):
            jobs.submit(run_spec(data_spec(), n), who, n_steps=10_000)
        with pytest.raises(QueueFullError, match="3 jobs of all people"):
            jobs.submit(run_spec(data_spec(), 4), "Dan")
        assert jobs.submit(run_spec(data_spec(), 0), "Ann")


def test_two_hundred_jobs_are_ordered_as_by_the_slow_rule():
    jobs = [Job(str(n), "device", n, {f"a{n % 7}", f"b{n % 11}"}) for n in range(200)]
    served, slow, waiting = {}, [], list(jobs)
    while waiting:
        first = min(waiting, key=lambda job: min(served.get(asker, 0) for asker in job.askers))
        waiting.remove(first)
        slow.append(first)
        served.update(dict.fromkeys(first.askers, len(slow)))
    assert Turns().order(reversed(jobs)) == slow


def test_who_waits_behind_a_long_training_is_told_of_its_slice():
    hog = Job("hog", "device", 0, {"Ann"}, began=time.monotonic() - 10)
    assert Turns().wait_s("device", 0, {hog: 3000.0}, slice_s=60) == pytest.approx(50, abs=1)
    assert Turns().wait_s("device", 2, {hog: 3000.0}, slice_s=60) == pytest.approx(170, abs=1)


def test_a_long_training_makes_way_for_what_waits_for_the_device_beside_the_app(
    jobs, a_store, fakes_have_the_device
):
    a_store.create(data_spec())
    hog = jobs.submit(run_spec(data_spec(), 1), "Ann", n_steps=10_000)
    until(lambda: steps_of(a_store.artifact(hog)))
    command = a_store.create(run_spec(data_spec(), 2), n_steps=2)
    assert perform(a_store, command.key).status == "done"  # as `aecore train` does
    n_before = len(steps_of(a_store.artifact(hog)))
    until(lambda: len(steps_of(a_store.artifact(hog))) > n_before)
    steps = steps_of(a_store.artifact(hog))
    assert [step["step"] for step in steps] == list(range(len(steps)))
