"""Sessions take turns, and what they are told of waiting is arithmetic."""

from __future__ import annotations

import time

import pytest

from aecore.jobs.turns import Job, Turns


def jobs_of(*askers: str) -> list[Job]:
    return [
        Job(f"{number}{asker}", "device", number, set(asker.split("+")))
        for number, asker in enumerate(askers)
    ]


def names(jobs: list[Job]) -> list[str]:
    return [job.key for job in jobs]


def test_one_session_gets_its_jobs_in_order():
    assert names(Turns().order(jobs_of("a", "a", "a"))) == ["0a", "1a", "2a"]


def test_sessions_take_turns_however_much_one_asks_for():
    order = Turns().order(jobs_of("a", "a", "a", "b", "b", "c"))
    assert names(order) == ["0a", "3b", "5c", "1a", "4b", "2a"]


def test_the_session_served_least_recently_goes_first():
    turns = Turns()
    for asker in "cab":
        turns.serve(jobs_of(asker)[0])
    assert names(turns.order(jobs_of("a", "b", "c"))) == ["2c", "0a", "1b"]


def test_a_job_of_two_sessions_counts_as_a_turn_of_both():
    order = Turns().order(jobs_of("a+b", "a", "b", "c"))
    assert names(order) == ["0a+b", "3c", "1a", "2b"]


def test_nothing_is_promised_while_nothing_is_known():
    running = jobs_of("a")[0]
    running.began = time.monotonic()
    assert Turns().wait_s("device", 0, {running: None}) is None


def test_the_next_job_waits_for_what_is_left_of_the_running_one():
    running = jobs_of("a")[0]
    running.began = time.monotonic() - 10
    assert Turns().wait_s("device", 0, {running: 30.0}) == pytest.approx(30, abs=0.5)
    # with nothing done yet, those before it are taken to be as long as the running one: 10 + 30
    assert Turns().wait_s("device", 2, {running: 30.0}) == pytest.approx(110, abs=1)


def test_past_jobs_tell_how_long_the_next_will_take():
    turns = Turns()
    for passed_s in (20, 40):
        done = jobs_of("a")[0]
        done.began = time.monotonic() - passed_s
        turns.took(done)
    running = jobs_of("a")[0]
    running.began = time.monotonic() - 10
    assert turns.wait_s("device", 0, {running: None}) == pytest.approx(20, abs=0.5)
    assert turns.wait_s("device", 3, {running: 5.0}) == pytest.approx(95, abs=0.5)


def test_a_free_place_is_no_wait():
    running = Job("a", "light", 0, {"a"}, began=time.monotonic())
    assert Turns().wait_s("light", 0, {running: 100.0}) == 0.0
