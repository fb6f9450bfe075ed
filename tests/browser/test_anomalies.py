"""Anomalies in a real browser: the oddest first, the detector as a file, the map by score."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import aecore
from aecore.store import Store
from tests.browser.conftest import GREY_PIXELS, Server, settled, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 150_000


def test_the_oddest_are_shown_taken_away_and_found_on_the_map(
    page: Page, server: Server, tmp_path: Path
) -> None:
    store = Store(server.store)
    data = {"normal": ("0", "1", "2"), "val_fraction": 0.2}
    run = aecore.train("undercomplete", "digits", n_epochs=2, store=store, data_settings=data)
    found = aecore.odd_samples(run, store=store)
    aecore.latent_map(run, store=store)
    digits = aecore.load("digits", store=store, **data)
    visit(page, f"/anomalies?run={run.key}&anomalies.score=error")
    wall = page.locator(".st-key-anomalies-wall .part")
    expect(wall).to_have_attribute("data-pictures", "40", timeout=LONG_MS)
    settled(page)
    oddest = digits.x[found.rows[np.argmax(found.scores["error"])]]
    painted = np.array(wall.locator("canvas").first.evaluate(GREY_PIXELS))
    assert np.array_equal(painted, oddest.ravel())
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Detector")).click()
    download.value.save_as(tmp_path / "detector.zip")
    assert aecore.Detector.load(tmp_path / "detector.zip").name == "error"
    page.locator(".st-key-anomalies-map").get_by_role("button").click()
    expect(page.get_by_role("heading", name="Latent map")).to_be_visible(timeout=LONG_MS)
    expect(page).to_have_url(re.compile(r"map\.colour=anomaly"))
