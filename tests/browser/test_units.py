"""Units in a real browser: all at once, one by a click, found again by its link."""

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

LONG_MS = 90_000


@pytest.fixture(scope="module")
def run_key(server: Server) -> str:
    return aecore.train("undercomplete", "digits", n_epochs=2, store=Store(server.store)).key


def pixels(page: Page, gallery: str, n: int) -> np.ndarray:
    """The first picture of a gallery, once all are painted."""
    part = page.locator(f".st-key-units-{gallery} .part")
    expect(part).to_have_attribute("data-pictures", str(n), timeout=LONG_MS)
    return np.array(part.locator("canvas").first.evaluate(GREY_PIXELS))


def test_a_click_on_a_unit_shows_the_pictures_that_drive_it(
    page: Page, server: Server, run_key: str
) -> None:
    visit(page, f"/units?run={run_key}&units.layer=layer-1")
    pixels(page, "all", 48)
    tile = page.locator(".st-key-units-all button.tile").nth(9)
    unit = int(tile.inner_text().split(" · ")[0])
    tile.click()
    expect(page).to_have_url(re.compile(rf"units\.unit={unit}(&|$)"))
    expect(tile).to_have_attribute("aria-current", "true")
    store = Store(server.store)
    run, digits = aecore.open_run(store, run_key), aecore.load("digits", store=store)
    test = digits.parts["test"]
    weights = run.model.encoder
    hidden = digits.x[test].reshape(len(test), -1) / 255.0 @ weights[1].weight.numpy().T
    hidden = hidden[:, unit]  # bias and normalization change neither order (a positive scale)
    if float(weights[2].weight[unit]) < 0:
        hidden = -hidden
    expect(page.get_by_text(re.compile(rf"unit {unit}$"))).to_be_visible()
    settled(page)
    assert np.array_equal(pixels(page, "most", 8), digits.x[test[hidden.argmax()]].ravel())
    page.goto(page.url)
    assert np.array_equal(pixels(page, "most", 8), digits.x[test[hidden.argmax()]].ravel())


def test_another_layer_has_other_units(page: Page, run_key: str) -> None:
    visit(page, f"/units?run={run_key}")
    pixels(page, "all", 32)
    page.locator(".st-key-units-layer").get_by_role("combobox").click()
    page.get_by_role("option", name=re.compile("Layer 2")).click()
    pixels(page, "all", 48)
    expect(page).to_have_url(re.compile(r"units\.layer=layer-2"))
    expect(page.get_by_text("the picture with the highest activation")).to_be_visible()
