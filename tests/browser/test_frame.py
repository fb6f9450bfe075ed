"""The frame in a real browser: every page stands, at once, in both themes, asking no other host."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import (
    ROOT,
    Server,
    painted,
    running_server,
    settled,
    visit,
    watched_page,
)

pytestmark = pytest.mark.browser

PAGES = {
    "start": "See what an autoencoder sees",
    "data": "Data",
    "train": "Train",
    "reconstruct": "Reconstruct",
    "map": "Latent map",
    "walk": "Walk",
    "units": "Units",
    "features": "Features",
    "search": "Search",
    "anomalies": "Anomalies",
    "similar": "Similar",
    "recommend": "Recommend",
    "denoise": "Denoise",
    "photos": "Photos",
    "compare": "Compare",
    "jobs": "Jobs",
}
MENUS = {
    "": ("start", "data", "train"),
    "Explore": ("reconstruct", "map", "walk", "units", "compare"),
    "Use": ("features", "search", "anomalies", "similar", "recommend", "denoise", "photos"),
    "More": ("jobs",),
}
NAMES = PAGES | {"start": "Start", "map": "Map"}
"""What each page is called in the bar."""


def _title(page: Page) -> str:
    return page.locator("h1").first.inner_text().strip()


def _assert_the_frame_stands(page: Page, title: str) -> None:
    expect(page.locator("h1").first).to_be_visible()
    assert _title(page) == title
    bar = page.get_by_test_id("stTopNav")
    for path in MENUS[""]:
        expect(bar.get_by_role("link", name=NAMES[path], exact=True)).to_be_visible()
    for menu in filter(None, MENUS):
        expect(bar.get_by_text(menu, exact=True)).to_be_visible()


def _go_to(page: Page, path: str) -> None:
    """Take the bar's way to a page: a link, or an entry of a menu."""
    menu = next(menu for menu, paths in MENUS.items() if path in paths)
    if menu:
        page.get_by_test_id("stTopNav").get_by_text(menu, exact=True).click()
        page.get_by_role("menuitem", name=NAMES[path], exact=True).click()
    else:
        page.get_by_role("link", name=NAMES[path], exact=True).first.click()
    expect(page.locator("h1").first).to_have_text(PAGES[path])


@pytest.mark.slow
@pytest.mark.parametrize("script", ["pages/ui/app/server.py", "app.py"])
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
    for path in [path for path in PAGES if path != "start"]:
        _go_to(page, path)
        expect(page).to_have_url(re.compile(rf"/{path}(\?|$)"))


def test_labels_of_controls_side_by_side_stand_on_one_line(page: Page) -> None:
    visit(page, "/map")
    expect(page.locator(".st-key-map-settings")).to_be_visible()
    labels = page.locator(".st-key-map-bar").get_by_test_id("stWidgetLabel")
    tops = {round(box["y"]) for label in labels.all() if (box := label.bounding_box())}
    assert labels.count() >= 4
    assert len(tops) == 1


def test_back_and_forward_show_what_was_shown_there(page: Page) -> None:
    visit(page, "/train")
    recipe = page.locator(".st-key-train-recipe").get_by_role("combobox")
    for wanted, id_ in (("Convolutional", "conv"), ("Denoising", "denoising")):
        recipe.click()
        page.keyboard.type(wanted)  # a long list shows a part of itself
        page.get_by_role("option", name=wanted, exact=True).click()
        expect(page).to_have_url(re.compile(rf"train\.recipe={id_}(&|$)"))
        expect(page.locator(f".st-key-train-{id_}-n_epochs")).to_be_visible()
        settled(page)
    page.go_back()
    expect(recipe).to_have_value("Convolutional")
    expect(page.locator(".st-key-train-conv-n_epochs")).to_be_visible()
    settled(page)
    page.go_back()
    expect(recipe).to_have_value("Variational (VAE)")
    settled(page)
    page.go_forward()
    expect(recipe).to_have_value("Convolutional")
    settled(page)
    _go_to(page, "photos")
    _go_to(page, "train")
    expect(recipe).to_have_value("Convolutional")  # what was chosen is there again
    expect(page).to_have_url(re.compile(r"train\.recipe=conv"))


@pytest.mark.parametrize(
    ("path", "dark"),
    [*((path, False) for path in PAGES), *((path, True) for path in ("start", "data", "train"))],
)
def test_each_page_stands_in_the_colours_of_its_theme(
    browser: Browser, server: Server, path: str, dark: bool
) -> None:
    with watched_page(browser, server.url, dark=dark) as page:
        visit(page, "/" if path == "start" else f"/{path}")
        _assert_the_frame_stands(page, PAGES[path])
        background, ink = painted(page.get_by_test_id("stApp"))
        assert background < 0.2 if dark else background > 0.9
        assert abs(ink - background) > 0.6


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
        with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
            page.evaluate("fetch('http://example.invalid/x').catch(() => 0)")
