"""The Denoise page in a real browser: pictures, an upload cleaned, and a link that finds it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import aecore
from aecore.specs.run import NetworkSpec
from aecore.store import Store
from tests.browser.conftest import Server, settled, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 60_000


@pytest.fixture(scope="module")
def run_key(server: Server) -> str:
    small = NetworkSpec(kind="dense", widths=(64,), batch_norm=True)
    store = Store(server.store)
    return aecore.train("denoising", "digits", store=store, network=small, n_epochs=3).key


@pytest.fixture
def opened(page: Page, run_key: str) -> Page:
    visit(page, f"/denoise?run={run_key}")
    expect(_wall(page)).to_have_attribute("data-pictures", "32", timeout=LONG_MS)
    return settled(page)


def _wall(page: Page) -> Locator:
    return page.locator(".st-key-denoise-wall .part")


def _captions(page: Page) -> list[str]:
    found: list[str] = _wall(page).locator(".caption").all_inner_texts()
    return found


def test_noisy_cleaned_and_clean_are_painted_with_decibels(opened: Page) -> None:
    names = _wall(opened).locator(".rowname").all_inner_texts()
    assert names == ["Noisy", "Denoised", "Clean", "Non-local means"]
    assert all(re.fullmatch(r"\d · [-\d.]+ → [-\d.]+ dB", words) for words in _captions(opened))
    expect(opened.get_by_test_id("stPlotlyChart")).to_be_visible(timeout=LONG_MS)  # the job is done
    expect(opened.get_by_test_id("stPlotlyChart").get_by_text("trained here")).to_be_visible()


def test_another_noise_another_picture_and_the_link_finds_it(opened: Page) -> None:
    before = _captions(opened)
    opened.get_by_role("button", name="New noise").first.click()
    expect(opened).to_have_url(re.compile(r"denoise\.seed=1"))
    expect(_wall(opened).locator(".caption").first).not_to_have_text(before[0])
    after = _captions(opened)
    opened.reload()
    settled(opened)
    expect(_wall(opened).locator(".caption").first).to_have_text(after[0], timeout=LONG_MS)


def test_an_upload_is_denoised_with_scores_and_found_by_its_link(
    opened: Page, tmp_path: Path
) -> None:
    ring = np.hypot(*(np.indices((64, 64)) - 31.5))
    picture = tmp_path / "ring.png"
    Image.fromarray(np.where(abs(ring - 18) < 6, 255, 0).astype(np.uint8)).save(picture)
    opened.locator("input[type=file]").set_input_files(picture)
    own = opened.locator(".st-key-denoise-own_pictures .part")
    expect(own).to_have_attribute("data-pictures", "4", timeout=LONG_MS)
    captions = own.locator(".caption").all_inner_texts()
    assert re.fullmatch(r"Noisy, [-\d.]+ dB", captions[0])
    assert re.fullmatch(r"Denoised, [-\d.]+ dB", captions[1])
    expect(opened.get_by_text("PSNR, denoised")).to_have_count(2)
    canvases = own.locator("canvas")
    pixels = "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    noisy, clean = (np.array(canvases.nth(i).evaluate(pixels)) for i in (0, 3))
    assert noisy.shape == clean.shape == (8 * 8 * 4,)
    assert np.abs(noisy - clean).mean() > 5
    expect(opened).to_have_url(re.compile(r"denoise\.own=picture-[0-9a-f]{24}"))
    opened.reload()
    settled(opened)
    expect(own.locator(".caption").first).to_have_text(captions[0], timeout=LONG_MS)
    opened.get_by_text("It is already noisy").click()
    expect(own.locator(".caption").first).to_have_text("Your picture")


def test_without_a_run_one_can_be_trained_here(page: Page) -> None:
    visit(page, "/denoise")
    button = page.get_by_role("button", name="Train a denoising model on MNIST, 5,000 digits")
    expect(button).to_be_visible()
