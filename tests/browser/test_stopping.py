"""A page that ends early does not run pieces of what stood there before."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ROOT, running_server, visit, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_what_polled_on_a_longer_page_does_not_blank_a_shorter_one(
    browser: Browser, tmp_path: Path
) -> None:
    script = Path(__file__).with_name("stopping_app.py")
    with (
        running_server(tmp_path, script, PYTHONPATH=str(ROOT)) as server,
        watched_page(browser, server.url) as page,
    ):
        visit(page)
        for _ in range(6):
            expect(page.get_by_text("asked at")).to_be_visible()
            page.locator("[data-testid=stCheckbox] label").click()
            expect(page.get_by_text("short indeed")).to_be_visible()
            expect(page.get_by_text(re.compile(r"round ([4-9]|\d\d)"))).to_be_visible()
            expect(page.get_by_text("short indeed")).to_be_visible()
            page.locator("[data-testid=stCheckbox] label").click()
            expect(page.get_by_text("line 5")).to_be_visible()
