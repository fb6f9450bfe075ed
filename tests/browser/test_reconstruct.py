"""The Reconstruct page in a real browser: pictures, the slider, one picture large, an own one."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

import aecore
from aecore.store import Store
from tests.browser.conftest import Server, settled, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 60_000


@pytest.fixture(scope="module")
def run_key(server: Server) -> str:
    return aecore.train("undercomplete", "digits", n_epochs=2, store=Store(server.store)).key


@pytest.fixture
def opened(page: Page, run_key: str) -> Page:
    visit(page, f"/reconstruct?run={run_key}")
    _wall(page)
    return settled(page)  # what stands below the wall, too


def _wall(page: Page) -> list[str]:
    """The captions below the wall, once its pictures are painted."""
    part = page.locator(".st-key-reconstruct-wall .part")
    expect(part).to_have_attribute("data-pictures", "24", timeout=LONG_MS)
    return part.locator(".caption").all_inner_texts()


def test_original_reconstruction_and_error_are_painted_in_columns(opened: Page) -> None:
    captions = _wall(opened)
    assert len(captions) == 8
    assert all(re.fullmatch(r"\d · [\d.]+ dB", caption) for caption in captions)
    canvases = opened.locator(".st-key-reconstruct-wall canvas")
    colours = canvases.nth(20).evaluate(
        "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 0; i < d.length; i += 4) n += d[i] !== d[i + 2]; return n; }"
    )
    assert colours > 10  # the error map is in colour, the digits are grey
    expect(opened.get_by_test_id("stPlotlyChart")).to_be_visible()


def test_the_slider_shows_others_and_a_reload_finds_the_place(opened: Page) -> None:
    before = _wall(opened)
    opened.get_by_role("slider").press("ArrowRight")
    expect(opened).to_have_url(re.compile(r"reconstruct\.page=2"))
    expect(opened.locator(".st-key-reconstruct-wall .caption").first).not_to_have_text(before[0])
    second = _wall(opened)
    opened.reload()
    settled(opened)
    assert _wall(opened) == second


def test_a_click_shows_one_picture_large(opened: Page) -> None:
    opened.locator(".st-key-reconstruct-wall button.tile").nth(2).click()
    dialog = opened.get_by_role("dialog")
    expect(dialog.locator(".part")).to_have_attribute("data-pictures", "3")
    expect(dialog.get_by_text("PSNR")).to_be_visible()
    opened.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    opened.get_by_role("button", name="Next").click()
    settled(opened)
    expect(dialog).to_have_count(0)  # closed stays closed


def test_an_own_picture_goes_through_and_a_bad_one_is_told(opened: Page, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    Image.fromarray(np.full((50, 80, 3), 200, np.uint8)).save(good)
    bad.write_bytes(b"words")
    opened.locator("input[type=file]").set_input_files(good)
    trio = opened.locator(".st-key-reconstruct-own_trio .part")
    expect(trio).to_have_attribute("data-pictures", "3")
    opened.locator("input[type=file]").set_input_files(bad)
    expect(opened.get_by_test_id("stAlert")).to_contain_text("This is a text file")
    expect(trio).to_have_count(0)
    _wall(opened)


def test_without_a_run_the_page_offers_to_train_one(page: Page) -> None:
    visit(page, "/reconstruct")
    page.get_by_role("button", name="Train a model").click()
    expect(page.locator("h1").first).to_have_text("Train")
