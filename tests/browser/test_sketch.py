"""The pad in a real browser: what is drawn arrives, and is found again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

import aecore
from aecore.data.kept import kept
from aecore.store import Store
from tests.browser.conftest import Server, settled, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 60_000


@pytest.fixture(scope="module")
def run_key(server: Server) -> str:
    return aecore.train("undercomplete", "digits", n_epochs=1, store=Store(server.store)).key


@pytest.fixture
def pad(page: Page, run_key: str) -> Locator:
    visit(page, f"/reconstruct?run={run_key}&reconstruct.own.way=draw")
    part = page.locator(".st-key-reconstruct-own-pad .part")
    expect(part).to_be_visible(timeout=LONG_MS)
    part.scroll_into_view_if_needed()
    return part


def stroke(page: Page, pad: Locator, *points: tuple[float, float]) -> None:
    """Draw through points in [0, 1] of the pad's width and height."""
    box = pad.locator("canvas").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def _sent(pad: Locator, n: int) -> None:
    expect(pad).to_have_attribute("data-sent", str(n))


def _trio(page: Page) -> Locator:
    return page.locator(".st-key-reconstruct-own_trio .part")


def test_a_digit_drawn_with_the_mouse_arrives_and_a_reload_finds_it(
    page: Page, pad: Locator, server: Server
) -> None:
    expect(pad.get_by_text("draw here")).to_be_visible()
    stroke(page, pad, (0.3, 0.2), (0.7, 0.2), (0.4, 0.8))
    expect(_trio(page)).to_have_attribute("data-pictures", "3", timeout=LONG_MS)
    expect(page).to_have_url(re.compile(r"reconstruct\.own=picture-[0-9a-f]{24}"))
    key = re.search(r"picture-[0-9a-f]{24}", page.url)
    assert key is not None
    found = kept(Store(server.store), key.group())
    assert found.how == "drawn"
    x = found.fitted((1, 10, 10))[0]
    assert x[2, 4] > 100  # the bar of the seven
    assert x[8, 8] == 0
    page.reload()
    settled(page)
    expect(_trio(page)).to_have_attribute("data-pictures", "3", timeout=LONG_MS)
    again = page.locator(".st-key-reconstruct-own-pad .part")
    expect(again.get_by_role("button", name="Clear")).to_be_enabled()  # it can be gone on with
    expect(again.get_by_role("button", name="Undo")).to_be_disabled()


def test_strokes_can_be_undone_and_all_of_them_cleared_from_the_keyboard(
    page: Page, pad: Locator
) -> None:
    stroke(page, pad, (0.2, 0.5), (0.8, 0.5))
    _sent(pad, 1)
    expect(_trio(page)).to_have_attribute("data-pictures", "3", timeout=LONG_MS)
    stroke(page, pad, (0.5, 0.2), (0.5, 0.8))
    _sent(pad, 2)
    expect(pad).to_have_attribute("data-strokes", "2")
    undo, clear = (pad.get_by_role("button", name=name) for name in ("Undo", "Clear"))
    undo.focus()
    page.keyboard.press("Enter")
    expect(pad).to_have_attribute("data-strokes", "1")
    clear.focus()
    page.keyboard.press("Space")
    expect(pad).to_have_attribute("data-strokes", "0")
    expect(_trio(page)).to_have_count(0)
    expect(page).not_to_have_url(re.compile(r"reconstruct\.own=picture"))
    expect(clear).to_be_disabled()


def test_remove_empties_the_pad(page: Page, pad: Locator) -> None:
    stroke(page, pad, (0.2, 0.5), (0.8, 0.5))
    expect(_trio(page)).to_have_attribute("data-pictures", "3", timeout=LONG_MS)
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Delete").click()
    expect(_trio(page)).to_have_count(0)
    expect(pad).to_have_attribute("data-strokes", "0")
    expect(pad.get_by_text("draw here")).to_be_visible()


def test_a_tap_is_a_dot(page: Page, pad: Locator) -> None:
    pad.locator("canvas").click(position={"x": 140, "y": 140})
    _sent(pad, 1)
    value = pad.locator("canvas").evaluate(
        "c => c.getContext('2d').getImageData(140, 140, 1, 1).data[0]"
    )
    assert value == 255
