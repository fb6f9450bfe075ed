"""A name has one owner at a time, whoever races for it, and a dead owner loses it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import combinations
from pathlib import Path

import pytest

from aecore import claims
from aecore.claims import Claim, break_claim, break_claims, claim, claimed, forget, is_live
from aecore.errors import LeaseLostError
from aecore.store import Store

N_NAMES = 150
RACER = """
import os, sys, time
from aecore.claims import claim
from aecore.store import Store
store = Store(sys.argv[1])
print("ready", flush=True)
for line in sys.stdin:
    name, start = line.split()
    while (began := time.monotonic_ns()) < int(start):
        os.sched_yield()
    won = claim(store, name) is not None
    print(int(won), began, time.monotonic_ns(), flush=True)
"""


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "store")


def expire(held: Claim) -> None:
    """As if it had been renewed an hour ago."""
    then = held.store.now() - 3600
    os.utime(held.path, (then, then))


def winners(store: Store, n_racers: int = 6) -> list[int]:
    """How many of some processes have claimed each name, for which all start at once."""
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(store.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(n_racers)
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    n_won, n_raced = [], 0
    for number in range(N_NAMES):
        start = time.monotonic_ns() + 2_000_000
        for racer in racers:
            racer.stdin.write(f"name-{number} {start}\n")
            racer.stdin.flush()
        tries = [[int(word) for word in racer.stdout.readline().split()] for racer in racers]
        n_won.append(sum(won for won, _, _ in tries))
        spans = [(began, ended) for _, began, ended in tries]
        n_raced += any(max(a, c) < min(b, d) for (a, b), (c, d) in combinations(spans, 2))
    for racer in racers:
        racer.communicate()
        assert racer.returncode == 0
    assert n_raced, "no two were at it at once: the test shows nothing"
    return n_won


@pytest.mark.slow
def test_of_many_processes_that_race_for_a_name_exactly_one_wins(store):
    assert winners(store) == [1] * N_NAMES


@pytest.mark.slow
def test_of_many_processes_that_race_for_an_expired_name_exactly_one_wins(store):
    for name in range(N_NAMES):
        for _ in range(name % 7):  # some have been taken over often, and are tidied up on the way
            expire(claim(store, f"name-{name}"))
    assert winners(store) == [1] * N_NAMES


def test_a_name_that_is_held_cannot_be_claimed_until_it_is_released(store):
    held = claim(store, "a")
    assert is_live(store, "a")
    assert claim(store, "a") is None
    assert claim(store, "b") is not None
    held.release()
    assert not is_live(store, "a")
    assert claim(store, "a") is not None


def test_a_lease_that_is_not_renewed_runs_out_by_itself(store):
    held = claim(store, "a", ttl_s=0.2)
    assert is_live(store, "a")
    end = time.monotonic() + 5
    while is_live(store, "a"):
        assert time.monotonic() < end
        time.sleep(0.02)
    held.renew()
    assert is_live(store, "a")


def test_a_lease_of_before_the_clock_was_set_back_has_run_out(store):
    held = claim(store, "a")
    ahead = store.now() + 3600
    os.utime(held.path, (ahead, ahead))
    assert not is_live(store, "a")
    held.renew()  # whoever is still at it
    assert is_live(store, "a")


def test_keeping_a_claim_renews_it_and_gives_it_back_at_the_end(store):
    with claim(store, "a", ttl_s=0.5).keep():
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            assert claim(store, "a") is None
            time.sleep(0.02)
    assert not is_live(store, "a")


def test_who_was_taken_over_learns_it_at_the_next_renewal_and_harms_nobody(store):
    old = claim(store, "a")
    expire(old)
    new = claim(store, "a")
    with pytest.raises(LeaseLostError, match="taken this job over"):
        old.renew()
    assert old.lost
    old.release()
    assert is_live(store, "a")
    new.renew()


def test_a_kept_claim_notices_by_itself_that_it_is_lost(store):
    with claim(store, "a", ttl_s=0.3).keep() as old:
        expire(old)
        while (new := claim(store, "a")) is None:  # the keeper may have renewed it just now
            expire(old)
        end = time.monotonic() + 5
        while not old.lost:
            assert time.monotonic() < end
            time.sleep(0.02)
    new.renew()


def test_a_late_claimer_whose_number_was_tidied_up_does_not_win(store, monkeypatch):
    for _ in range(9):
        last = claim(store, "a")
        expire(last)
    held = claim(store, "a")
    stale = claims._Holder(1, "gone", 15.0, 0.0)
    monkeypatch.setattr(claims, "_holder", lambda folder: stale)  # what it saw long ago
    assert claim(store, "a") is None
    monkeypatch.undo()
    held.renew()
    assert is_live(store, "a")


def test_old_generations_are_tidied_up(store):
    for _ in range(50):
        claim(store, "a").release()
    assert len(list((store.root / "claims" / "a").iterdir())) <= 6


def test_a_lease_is_read_from_the_open_file(store, monkeypatch):
    # a network file system may answer questions about a path from a memory a minute old
    held = claim(store, "a")
    stat = Path.stat

    def remembered(path: Path, **named):
        found = stat(path, **named)
        if path == held.path:
            return os.stat_result([*found[:8], found.st_mtime - 60, found.st_ctime])
        return found

    monkeypatch.setattr(Path, "stat", remembered)
    assert held.path.stat().st_mtime < store.now() - 50
    assert is_live(store, "a")
    assert claim(store, "a") is None


def test_a_claim_is_forgotten_only_when_nobody_holds_it(store):
    held = claim(store, "a")
    assert not forget(store, "a")
    held.release()
    assert forget(store, "a")
    assert claimed(store) == []
    assert forget(store, "a")
    expire(claim(store, "a"))
    assert not forget(store, "a", idle_s=7200)
    assert forget(store, "a", idle_s=1800)


def test_a_late_claimer_whose_number_was_forgotten_does_not_win(store, monkeypatch):
    for _ in range(3):
        claim(store, "a").release()
    seen = claims._holder(store.root / "claims" / "a")
    assert forget(store, "a")
    held = claim(store, "a")
    assert held.generation == 1
    monkeypatch.setattr(claims, "_holder", lambda folder: seen)  # what it saw long ago
    assert claim(store, "a") is None
    monkeypatch.undo()
    held.renew()
    assert is_live(store, "a")


def test_a_supervisor_breaks_the_claims_of_its_dead_worker_and_no_others(store):
    claim(store, "a", owner="dead")
    claim(store, "b", owner="dead")
    claim(store, "c", owner="alive")
    assert not break_claim(store, "a", "alive")
    assert is_live(store, "a")
    assert break_claim(store, "a", "dead")
    assert not is_live(store, "a")
    assert break_claims(store, "dead") == ["a", "b"]
    assert [is_live(store, name) for name in "abc"] == [False, False, True]


def test_a_claim_whose_maker_died_before_it_signed_is_held_until_it_runs_out(store):
    held = claim(store, "a")
    held.path.write_bytes(b"")
    assert is_live(store, "a")
    expire(held)
    assert claim(store, "a") is not None


@pytest.mark.parametrize("name", ["../a", "", "A/b", ".hidden", "a\n", "a:b"])
def test_no_name_leaves_the_folder_of_claims(store, name):
    with pytest.raises(ValueError, match="safe file name"):
        claim(store, name)
