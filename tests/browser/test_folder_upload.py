"""A folder chosen in the browser comes in with its classes, and without what systems left in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import settled, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True


def test_a_folder_comes_in_with_its_classes(page: Page, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for kind in ("cats", "dogs", "dogs/@eaDir"):
        (tmp_path / "pets" / kind).mkdir(parents=True, exist_ok=True)
        for i in range(4):
            x = random.integers(0, 255, (20, 30, 3), np.uint8)
            Image.fromarray(x).save(tmp_path / "pets" / kind / f"{i}.png")
    visit(page, "/data")
    page.get_by_text("Your own").first.click()
    settled(page)
    page.get_by_text("Folder", exact=True).click()
    expect(page.get_by_text("A folder of pictures")).to_be_visible()
    settled(page)
    page.locator("input[type=file]").first.set_input_files(tmp_path / "pets")
    expect(page.get_by_text("3.png").first).to_be_attached(timeout=30_000)
    settled(page)
    page.get_by_role("button", name="Import these pictures").click()
    expect(page.get_by_text("Own pictures: pets")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("8 pictures · 30 × 20 pixels · colour · 2 classes")).to_be_visible()
