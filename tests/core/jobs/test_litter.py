"""What killed processes leave in a store is cleared away, and nothing that is wanted with it."""

from __future__ import annotations

import pytest

from aecore.claims import Claim, claim, claimed, is_live
from aecore.jobs import litter
from aecore.jobs.askers import Askers, asked_for
from aecore.jobs.litter import clear_litter
from aecore.jobs.perform import perform
from aecore.specs.base import Work
from aecore.specs.data import DataSpec
from aecore.store import Store
from tests.core.jobs.fakes import data_spec

GONE = DataSpec(source="digits", seed=99).key


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    monkeypatch.setattr(litter, "OLD_S", -1.0)  # what is made here counts as old
    return Store(tmp_path / "store")


def names(store: Store) -> set[str]:
    return {path.name for path in store.root.iterdir()}


def test_folders_that_a_kill_left_half_removed_or_half_copied_go(store, monkeypatch):
    for name in (".gone-0123", ".adopted-4567"):
        (store.root / name / "film").mkdir(parents=True)
        (store.root / name / "film" / "x").write_text("x")
    (store.root / ".sizes.json.89ab.tmp").write_text("{")
    store.now()
    monkeypatch.setattr(litter, "OLD_S", 3600.0)
    before = names(store)
    clear_litter(store)
    assert names(store) == before  # somebody may be at it
    monkeypatch.setattr(litter, "OLD_S", -1.0)
    clear_litter(store)
    assert names(store) == {"store.json", "artifacts", "uploads", ".clock"}


def test_an_artifact_that_never_got_its_spec_goes_and_others_stay(store):
    kept = store.create(data_spec())
    half = store.artifacts / GONE
    half.mkdir()
    (half / "about.json").write_text("{}")
    (store.artifacts / "lost+found").mkdir()
    held = claim(store, GONE)
    clear_litter(store)
    assert half.exists()  # somebody is at work there
    held.release()
    clear_litter(store)
    assert not half.exists()
    assert {path.name for path in store.artifacts.iterdir()} == {kept.key, "lost+found"}


def test_claims_on_what_is_gone_are_forgotten_and_all_others_kept(store):
    here = store.create(data_spec()).key
    for name in (here, GONE, "device-here-cpu"):
        for _ in range(3):
            claim(store, name).release()
    live = DataSpec(source="digits", seed=98).key
    held = claim(store, live)
    clear_litter(store)
    assert claimed(store) == sorted([here, live, "device-here-cpu"])
    held.renew()


def test_what_a_process_asked_for_goes_a_day_after_its_death(store, monkeypatch):
    key = store.create(data_spec()).key
    dead, alive = Askers(store), Askers(store)
    for askers in (dead, alive):
        askers.set(key, {"Ann"})
    dead.close()
    clear_litter(store)
    assert asked_for(store, key).left_behind > 0  # it is seen as interrupted
    monkeypatch.setattr(litter, "DEAD_S", -1.0)
    clear_litter(store)
    assert asked_for(store, key).left_behind == 0
    assert asked_for(store, key).n_askers == 1
    alive.close()


def test_what_was_asked_for_and_is_gone_leaves_nothing(store):
    askers = Askers(store)
    askers.set(GONE, {"Ann"})
    askers.close()
    earlier = store.root / "asked" / f"{GONE}.0123456789abcdef.json"
    earlier.write_text("{}")  # as an earlier version wrote it
    clear_litter(store)
    assert list((store.root / "asked").iterdir()) == []


def test_the_claim_of_a_dead_process_goes_and_that_of_a_silent_one_stays(store, monkeypatch):
    silent, dead = claim(store, "asker-0123"), claim(store, "asker-4567", ttl_s=-1.0)
    dead.release()
    clear_litter(store)
    assert claimed(store) == ["asker-0123"]
    monkeypatch.setattr(litter, "DEAD_S", -1.0)
    clear_litter(store)
    assert is_live(store, "asker-0123")
    silent.renew()


def test_each_job_clears_litter_first(store, monkeypatch):
    monkeypatch.setattr(DataSpec, "work", Work("tests.core.jobs.fakes:compute"))
    (store.root / ".gone-0123").mkdir()
    claim(store, GONE).release()
    key = store.create(data_spec()).key
    assert perform(store, key).status == "done"
    assert not (store.root / ".gone-0123").exists()
    assert GONE not in claimed(store)


def test_who_wakes_up_after_its_claim_was_forgotten_has_lost_it(store):
    slept: Claim = claim(store, GONE)
    slept.release()
    clear_litter(store)
    assert claimed(store) == []
    other = claim(store, GONE)
    assert other.generation == slept.generation  # counted from 1 again
    assert not slept._is_held()
    slept.release()
    assert is_live(store, GONE)
    other.renew()
