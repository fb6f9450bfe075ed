"""Similar in a real browser: a click on a neighbour asks again, and the link keeps it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import aecore
from aecore.store import Store
from tests.browser.conftest import GREY_PIXELS, Server, settled, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 150_000


def test_a_click_on_a_neighbour_asks_what_is_similar_to_it(page: Page, server: Server) -> None:
    store = Store(server.store)
    run = aecore.train("undercomplete", "digits", n_epochs=2, store=store)
    found = aecore.similar_samples(run, store=store)
    digits = found.search.samples
    visit(page, f"/similar?run={run.key}&similar.row=42")
    tiles = page.locator(".st-key-similar-code button.tile")
    expect(tiles).to_have_count(10, timeout=LONG_MS)
    settled(page)
    row = int(found.search.nearest(digits.x[42:43], 4).rows[0, 3])
    tiles.nth(2).click()
    expect(page).to_have_url(re.compile(rf"similar\.row={row}(&|$)"), timeout=LONG_MS)
    settled(page)
    query = page.locator(".st-key-similar-query .part canvas").first
    assert np.array_equal(np.array(query.evaluate(GREY_PIXELS)), digits.x[row].ravel())
    expect(page.get_by_text("Which search finds more of the same class")).to_be_visible()
