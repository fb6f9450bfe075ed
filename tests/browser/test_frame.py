"""The frame in a real browser: every page stands, at once, in both themes, asking no other host."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, Server, running_server, visit, watched_page

pytestmark = pytest.mark.browser

PAGES = {"start": "", "data": "Data", "train": "Train", "reconstruct": "Reconstruct"}


def _title(page: Page) -> str:
    return page.locator("h1").first.inner_text().strip()


def _assert_the_frame_stands(page: Page, title: str) -> None:
    expect(page.locator("h1").first).to_be_visible()
    if title:
        assert _title(page) == title
    for name in ("Start", "Data", "Train", "Reconstruct"):
        expect(page.get_by_role("link", name=name, exact=True).first).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("script", ["pages/ui/server.py", "app.py"])
@pytest.mark.parametrize("path", ["data", "train", "reconstruct"])
def test_the_very_first_visit_of_a_server_may_go_to_any_page(
    browser: Browser, tmp_path: Path, script: str, path: str
) -> None:
    with (
        running_server(tmp_path, ROOT / script) as server,
        watched_page(browser, server.url) as page,
    ):
        visit(page, f"/{path}")
        _assert_the_frame_stands(page, PAGES[path])


def test_every_link_of_the_frame_leads_to_its_page(page: Page) -> None:
    visit(page)
    for path in ("data", "train", "reconstruct"):
        page.get_by_role("link", name=PAGES[path], exact=True).first.click()
        expect(page.locator("h1").first).to_have_text(PAGES[path])
        expect(page).to_have_url(re.compile(rf"/{path}$"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_each_page_has_the_background_of_its_theme(
    browser: Browser, server: Server, path: str, dark: bool
) -> None:
    with watched_page(browser, server.url, dark=dark) as page:
        visit(page, "/" if path == "start" else f"/{path}")
        _assert_the_frame_stands(page, PAGES[path])
        app = page.get_by_test_id("stApp")
        paint = app.evaluate(
            "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        )
        background, ink = (_lightness(colour) for colour in paint)
        assert background < 0.2 if dark else background > 0.9
        assert abs(ink - background) > 0.6


def _lightness(colour: str) -> float:
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return (0.3 * red + 0.6 * green + 0.1 * blue) / 255


def test_the_server_forbids_the_browser_to_ask_other_hosts(server: Server) -> None:
    with urllib.request.urlopen(server.url) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_request_to_another_host_is_blocked_and_noticed(browser: Browser, server: Server) -> None:
    with (
        pytest.raises(AssertionError, match="Content Security Policy"),
        watched_page(browser, server.url) as page,
    ):
        visit(page)
        page.evaluate("fetch('http://example.invalid/x').catch(() => 0)")
        page.wait_for_timeout(200)
