"""What people bring to a class's server is kept for so many days after its last use, if so set."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from aecore.claims import claim
from aecore.data.uploads import receive
from aecore.jobs.lifetime import UPLOADS_DAYS, end_lifetimes, lifetime_days
from aecore.jobs.litter import clear_litter
from aecore.specs.data import DataSpec, PictureSpec
from aecore.specs.photos import PhotoSpec
from aecore.specs.run import RunSpec
from aecore.specs.studies import CodesSpec
from aecore.store import Store
from tests.core.jobs.test_quota import age, fill

DAY_S = 24 * 3600.0


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv(UPLOADS_DAYS, "30")
    return Store(tmp_path / "store")


def own_set(store: Store, days: float) -> tuple[str, str, str]:
    """A set of own pictures, a run on it and its codes, all unused for so long."""
    upload = receive(store, [("a.png", str(time.time_ns()).encode())])
    age(store.uploads / upload, days * DAY_S)
    data = fill(store, DataSpec(source="own", upload=upload), age_s=days * DAY_S)
    run = fill(store, RunSpec(data=data), age_s=days * DAY_S)
    return data, run, fill(store, CodesSpec(run=run, epochs=1), age_s=days * DAY_S)


def test_what_was_brought_goes_with_all_that_stands_on_it_and_what_ships_stays(
    store: Store,
) -> None:
    old, young = own_set(store, 31), own_set(store, 29)
    alone = [
        fill(store, spec, age_s=40 * DAY_S)
        for spec in (
            PhotoSpec(content="0" * 64),
            PictureSpec(upload="0" * 32),
        )
    ]
    ships = fill(store, DataSpec(), age_s=400 * DAY_S)
    on_it = fill(store, RunSpec(data=ships), age_s=400 * DAY_S)
    assert sorted(end_lifetimes(store)) == sorted([old[0], *alone])
    assert {*store.keys()} == {*young, ships, on_it}
    assert len(list(store.uploads.iterdir())) == 1


def test_use_of_anything_that_stands_on_it_counts_and_so_do_pins_and_jobs(store: Store) -> None:
    used, pinned, busy = own_set(store, 31), own_set(store, 31), own_set(store, 31)
    store.touch(used[2])
    store.pin(pinned[1])
    held = claim(store, busy[2])
    assert held is not None
    assert end_lifetimes(store) == []
    held.release()
    store.pin(pinned[1], False)
    assert sorted(end_lifetimes(store)) == sorted([pinned[0], busy[0]])
    assert {*store.keys()} == {*used}


def test_housekeeping_does_it_where_it_is_set_and_nowhere_else(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, *_ = own_set(store, 1000)
    for nothing in ("", "0", "-1", "inf", "nan", "many"):
        monkeypatch.setenv(UPLOADS_DAYS, nothing)
        assert lifetime_days() is None
        clear_litter(store)
    assert data in store
    monkeypatch.setenv(UPLOADS_DAYS, "0.5")
    clear_litter(store)
    assert store.keys() == []
