"""The Walk page in a real browser: between two digits, along the slider, and home as a GIF."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import Browser, Page, expect

import aecore
from aecore.figures.exports import gif
from aecore.latent.paths import walk
from aecore.runs import OpenRun
from aecore.store import Store
from tests.browser.conftest import Server, painted, settled, visit, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 60_000


@pytest.fixture(scope="module")
def run(server: Server) -> OpenRun:
    return aecore.train("undercomplete", "digits", n_epochs=2, store=Store(server.store))


@pytest.fixture
def opened(page: Page, run: OpenRun) -> Page:
    visit(page, f"/walk?run={run.key}&walk.a=2&walk.b=13&walk.steps=9")
    _painted(page, "strip_linear", 9)
    return page


def _painted(page: Page, what: str, n: int) -> None:
    part = page.locator(f".st-key-walk-{what} .part")
    expect(part).to_have_attribute("data-pictures", str(n), timeout=LONG_MS)


def _grey(page: Page, canvas: str, nth: int = 0) -> np.ndarray:
    """What is painted on a canvas, at its own size."""
    found = page.locator(f".st-key-walk-{canvas} canvas").nth(nth)
    values = found.evaluate(
        "c => [c.height, c.width, Array.from(c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data).filter((v, i) => i % 4 === 0)]"
    )
    return np.array(values[2]).reshape(values[:2])


def test_what_is_painted_is_the_decoded_way(opened: Page, run: OpenRun, server: Server) -> None:
    x = aecore.load("digits", store=Store(server.store)).x
    found = walk(run, x[2], x[13], 9)
    for i in (0, 4, 8):
        assert (
            np.abs(_grey(opened, "strip_linear", i) - found.pictures[i, 0].astype(int)).max() <= 1
        )
    assert np.array_equal(_grey(opened, "a_picture"), x[2, 0])
    assert np.array_equal(_grey(opened, "large"), _grey(opened, "strip_linear", 4))


def test_the_slider_moves_along_and_a_reload_finds_the_place(opened: Page) -> None:
    slider = opened.get_by_role("slider")
    large = opened.locator(".st-key-walk-large .part")
    before = large.get_attribute("data-rev")
    slider.press("ArrowRight")
    expect(large).not_to_have_attribute("data-rev", str(before))
    expect(opened).to_have_url(re.compile(r"walk\.place=6"))
    assert np.array_equal(_grey(opened, "large"), _grey(opened, "strip_linear", 5))
    opened.reload()
    settled(opened)
    _painted(opened, "strip_linear", 9)
    expect(opened.get_by_role("slider")).to_have_value("6")
    assert np.array_equal(_grey(opened, "large"), _grey(opened, "strip_linear", 5))


def test_a_click_on_the_strip_goes_there_and_chooses_its_way(opened: Page) -> None:
    opened.locator(".st-key-walk-strip_spherical button.tile").nth(6).click()
    expect(opened).to_have_url(re.compile(r"walk\.way=spherical"))
    expect(opened.get_by_role("slider")).to_have_value("7")
    settled(opened)
    assert np.array_equal(_grey(opened, "large"), _grey(opened, "strip_spherical", 6))


def test_a_film_is_downloaded_with_a_frame_for_every_step_there_and_back(
    opened: Page, run: OpenRun, server: Server, tmp_path: Path
) -> None:
    with opened.expect_download(timeout=LONG_MS) as started:
        opened.locator(".st-key-walk-between_gif button").first.click()
    assert started.value.suggested_filename == "walk-9-linear.gif"
    file = tmp_path / "walk.gif"
    started.value.save_as(file)
    x = aecore.load("digits", store=Store(server.store)).x
    own = gif(walk(run, x[2], x[13], 9).pictures)
    frames, expected = _frames(file.read_bytes()), _frames(own)
    assert len(frames) == len(expected) == 16
    assert np.abs(np.array(frames) - np.array(expected)).max() <= 1


def _frames(film: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(film)) as opened:
        return [np.asarray(one.convert("L")).astype(int) for one in ImageSequence.Iterator(opened)]


def test_in_the_dark_captions_are_light(browser: Browser, server: Server, run: OpenRun) -> None:
    with watched_page(browser, server.url, dark=True) as page:
        visit(page, f"/walk?run={run.key}&walk.a=2&walk.b=13&walk.steps=9")
        _painted(page, "strip_linear", 9)
        assert painted(page.get_by_test_id("stApp"))[0] < 0.2
        assert painted(page.locator(".st-key-walk-strip_linear button.tile").first)[1] > 0.5


def test_new_samples_come_in_three_kinds_beside_a_vaes(opened: Page) -> None:
    opened.get_by_role("button", name="New samples").or_(
        opened.get_by_role("radio", name="New samples")
    ).first.click()
    for name in ("prior", "gaussian", "mixture"):
        _painted(opened, f"drawn_{name}", 12)
    first = _grey(opened, "drawn_mixture")
    rev = opened.locator(".st-key-walk-drawn_mixture .part").get_attribute("data-rev")
    opened.get_by_role("button", name="Draw again").click()
    expect(opened).to_have_url(re.compile(r"walk\.seed=1"))
    expect(opened.locator(".st-key-walk-drawn_mixture .part")).not_to_have_attribute(
        "data-rev", str(rev)
    )
    assert not np.array_equal(_grey(opened, "drawn_mixture"), first)
    expect(opened.get_by_role("button", name="Train a VAE on the same data")).to_be_visible()


def test_where_a_plane_is_wanted_a_model_with_two_numbers_is_trained_and_shown(
    opened: Page,
) -> None:
    opened.get_by_role("radio", name="Latent plane").or_(
        opened.get_by_role("button", name="Latent plane")
    ).first.click()
    opened.get_by_role("button", name="Train a VAE with two dimensions").click()
    _painted(opened, "plane", 1)
    assert _grey(opened, "plane").shape == (160, 160)
