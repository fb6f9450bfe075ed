"""A direction in a real browser: two groups drawn around, a picture moved by hand, found again."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import aecore
from aecore.latent.direction import direction_between
from aecore.maps.latent_map import LatentMap
from aecore.runs import OpenRun
from aecore.store import Store
from tests.browser.conftest import GREY_PIXELS, Server, settled, until, visit
from tests.browser.living import drag, part_of, read

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 90_000


@pytest.fixture(scope="module")
def run(server: Server) -> OpenRun:
    """A run whose flat map is there, and how far it can be believed."""
    store = Store(server.store)
    run = aecore.train("undercomplete", "digits", n_epochs=2, store=store)
    aecore.living_page(aecore.latent_map(run, "pca", store=store), store=store)
    return run


@pytest.fixture(scope="module")
def found(server: Server, run: OpenRun) -> LatentMap:
    return aecore.latent_map(run, "pca", store=Store(server.store))


def moving(page: Page) -> Locator:
    """The strip, once it is painted."""
    part = page.locator(".direction")
    expect(part).to_have_attribute("data-painted", re.compile(r"\w+"), timeout=LONG_MS)
    settled(page)
    return part


def large(page: Page) -> np.ndarray:
    return np.array(page.locator(".direction .now canvas").evaluate(GREY_PIXELS)).reshape(8, 8)


def test_a_slider_moves_a_picture_between_two_classes_as_torch_decodes_it(
    page: Page, server: Server, run: OpenRun, found: LatentMap
) -> None:
    visit(page, f"/map?run={run.key}&map.a=class:8&map.b=class:3&map.moved=13")
    part = moving(page)
    digits = aecore.load("digits", store=Store(server.store))
    assert digits.labels is not None
    labels = digits.labels[found.codes.rows]
    direction = direction_between(found.codes.z, labels == 8, labels == 3)
    places = direction.places(61)
    wanted = run.decode(direction.moved(run.encode(digits.x[13:14])[0], places))[:, 0].astype(int)
    slider = page.get_by_role("slider", name="Position along the direction")
    slider.focus()
    for key, at in (("Home", 0), ("ArrowRight", 1), ("End", 60)):
        page.keyboard.press(key)
        expect(part).to_have_attribute("data-at", str(at))
        assert np.abs(large(page) - wanted[at]).max() <= 1
    assert np.abs(wanted[0] - wanted[60]).max() > 60
    strip = part.locator(".strip canvas")
    assert strip.count() == 7
    for i, canvas in enumerate(strip.all()):
        shown = np.array(canvas.evaluate(GREY_PIXELS)).reshape(8, 8)
        assert np.abs(shown - wanted[10 * i]).max() <= 1
    page.get_by_role("button", name=f"moved to +{places[40]:.1f}").click()
    expect(part).to_have_attribute("data-at", "40")
    at = re.escape(f"{places[40]:.4g}")  # not yet where the slider was before
    expect(page).to_have_url(re.compile(rf"map\.moved_to={at}(&|$)"))
    page.goto(page.url)
    expect(moving(page)).to_have_attribute("data-at", "40")
    assert np.abs(large(page) - wanted[40]).max() <= 1


def test_two_drawn_groups_make_a_direction_that_outlives_a_reload(
    page: Page, run: OpenRun, found: LatentMap
) -> None:
    visit(page, f"/map?run={run.key}")
    expect(part_of(page)).to_have_attribute("data-engine", "ready", timeout=LONG_MS)
    page.get_by_text("How reliable is each position?").wait_for(timeout=LONG_MS)
    settled(page)
    corners = [np.quantile(found.positions, q, axis=0) for q in (0.1, 0.4, 0.6, 0.9)]
    for which, low, high in (("A", *corners[:2]), ("B", *corners[2:])):
        page.get_by_role("button", name="Box").click()
        drag(page, [low, high])
        until(page, lambda: read(page, "chosen") > 20)
        page.get_by_role("button", name=f"Make group {which}").click()
        expect(page).to_have_url(re.compile(rf"map\.{which.lower()}="), timeout=LONG_MS)
        settled(page)
    moving(page)
    told = page.get_by_text("are clearly separable")
    expect(told).to_be_visible()
    words = told.inner_text()
    page.goto(page.url)
    moving(page)
    expect(page.get_by_text("are clearly separable")).to_have_text(words)
    page.get_by_role("button", name="Clear groups").click()
    expect(page.locator(".direction")).to_have_count(0)
    assert "map.a=" not in page.url


def test_a_click_on_a_picture_of_a_group_moves_that_one(page: Page, run: OpenRun) -> None:
    visit(page, f"/map?run={run.key}&map.a=class:8&map.b=class:3")
    part = moving(page)
    before = part.get_attribute("data-painted")
    page.locator(".st-key-map-group_a_pictures button.tile").nth(3).click()
    expect(page).to_have_url(re.compile(r"map\.moved=\d+"))
    expect(part).not_to_have_attribute("data-painted", str(before))
    expect(page.locator(".mark.own")).to_have_text("original (8)")
