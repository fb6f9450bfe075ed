"""A server on which nobody computes anything still removes what is over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from aecore.errors import StoreError
from aecore.jobs.lifetime import UPLOADS_DAYS
from aecore.specs.photos import PhotoSpec
from aecore.store import Store
from pages.ui import backend
from pages.ui.app.housekeeping import keep_clean
from tests.core.jobs.test_quota import fill

DAY_S = 24 * 3600.0


def test_what_is_over_goes_without_a_job_and_a_store_that_fails_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store")
    monkeypatch.setenv(UPLOADS_DAYS, "30")
    old = fill(store, PhotoSpec(content="0" * 64), age_s=31 * DAY_S)
    young = fill(store, PhotoSpec(content="1" * 64), age_s=29 * DAY_S)
    n_asked = 0

    def opened() -> Store:
        nonlocal n_asked
        n_asked += 1
        if n_asked == 1:
            raise StoreError("The disk is away.", "Plug it in.")
        return store

    monkeypatch.setattr(backend, "store", opened)

    async def until_it_is_gone() -> None:
        cleaning = asyncio.create_task(keep_clean(every_s=0.001))
        while old in store:
            assert not cleaning.done()
            await asyncio.sleep(0.001)
        cleaning.cancel()

    asyncio.run(asyncio.wait_for(until_it_is_gone(), 60))
    assert n_asked >= 2
    assert {*store.keys()} == {young}
