"""The Data page in a real browser: pictures are painted, files go in, a reload finds them."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, settled, visit

pytestmark = pytest.mark.browser
SHARES_SERVER = True

LONG_MS = 60_000


def _png(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (20, 20, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A zip of pictures in two folders, and three files that are none."""
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(24):
            archive.writestr(f"{'cat' if i % 2 else 'dog'}/{i}.png", _png(i))
        archive.writestr("cat/<img src=x onerror=alert(1)>.png", b"words")
        archive.writestr("dog/cut.png", _png(0)[:50])
        archive.writestr("../../up.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    return path


def _painted(page: Page, key: str, n: int) -> None:
    part = page.locator(f".st-key-{key} .part")
    expect(part).to_have_attribute("data-pictures", str(n), timeout=LONG_MS)


def _upload(page: Page, *files: Path) -> None:
    page.get_by_role("radio", name="Your own").click()
    page.locator("input[type=file]").set_input_files(files)
    for file in files:
        expect(page.get_by_test_id("stFileUploader").get_by_text(file.name)).to_be_visible()
    page.get_by_role("button", name="Import these pictures").click()


@pytest.mark.slow
def test_the_page_opens_on_digits_without_being_asked(page: Page) -> None:
    visit(page, "/data")
    expect(page.get_by_role("heading", name="MNIST, 5,000 digits")).to_be_visible(timeout=LONG_MS)
    _painted(page, "data-wall", 40)
    canvas = page.locator(".st-key-data-wall canvas").first
    shades = canvas.evaluate(
        "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    )
    assert shades > 10  # a digit, not an empty square
    expect(page.locator(".st-key-data-classes .bar")).to_have_count(10)


@pytest.mark.slow
def test_own_pictures_go_in_and_a_reload_finds_them(page: Page, pets: Path) -> None:
    visit(page, "/data")
    _upload(page, pets)
    expect(page.get_by_role("heading", name="Own pictures: pets.zip")).to_be_visible(
        timeout=LONG_MS
    )
    expect(page).to_have_url(re.compile(r"data=data-[0-9a-f]{24}"))
    expect(page.get_by_text("3 files are left out")).to_be_visible()
    expect(page.get_by_text("<img src=x onerror=alert(1)>.png")).to_be_visible()  # text, not markup
    _painted(page, "data-wall", 24)
    page.reload()
    settled(page)
    expect(page.get_by_role("heading", name="Own pictures: pets.zip")).to_be_visible()
    expect(page.get_by_role("button", name="pets.zip")).to_be_visible()


@pytest.mark.slow
def test_what_is_no_picture_is_told_and_the_pictures_before_stay(
    page: Page, tmp_path: Path
) -> None:
    visit(page, "/data")
    expect(page.get_by_role("heading", name="MNIST, 5,000 digits")).to_be_visible(timeout=LONG_MS)
    bad = tmp_path / "holiday.png"
    bad.write_text("only words")
    _upload(page, bad)
    expect(page.get_by_test_id("stAlert")).to_contain_text("This is a text file", timeout=LONG_MS)
    expect(page.get_by_role("heading", name="MNIST, 5,000 digits")).to_be_visible()


@pytest.mark.slow
def test_a_filter_survives_a_reload(page: Page) -> None:
    visit(page, "/data")
    page.get_by_text("Digits 8×8", exact=True).click()
    expect(page.get_by_role("heading", name="Digits 8×8")).to_be_visible(timeout=LONG_MS)
    settled(page)
    page.get_by_role("radio", name="Test").click()
    expect(page).to_have_url(re.compile(r"data\.part=test"))
    page.reload()
    settled(page)
    expect(page.get_by_role("radio", name="Test")).to_be_checked()
    expect(page.get_by_role("heading", name="Digits 8×8")).to_be_visible()


@pytest.mark.slow
def test_train_on_this_opens_the_train_page_with_the_data(page: Page, server: Server) -> None:
    visit(page, "/data")
    page.get_by_role("button", name="Train on this").click(timeout=LONG_MS)
    expect(page.locator("h1").first).to_have_text("Train")
    expect(page).to_have_url(re.compile(r"/train\?.*data=data-[0-9a-f]{24}"))
