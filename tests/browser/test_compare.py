"""Compare in a real browser: scored by jobs while one watches, then a table, found by its link."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import aecore
from aecore.store import Store
from tests.browser.conftest import GREY_PIXELS, Server, settled, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 150_000


@pytest.fixture(scope="module")
def keys(server: Server) -> list[str]:
    store = Store(server.store)
    return [aecore.train("undercomplete", "digits", n_epochs=n, store=store).key for n in (1, 20)]


def test_two_runs_are_scored_and_the_longer_is_really_better(
    page: Page, server: Server, keys: list[str]
) -> None:
    visit(page, f"/compare?compare.runs={','.join(keys)}")
    expect(page.get_by_text("Scoring A · Undercomplete 128-64-32")).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("Scoring B · Undercomplete 128-64-32")).to_be_visible()
    table = page.locator(".st-key-compare-table")
    expect(table).to_be_visible(timeout=LONG_MS)
    settled(page)
    line = table.get_by_role("row").filter(has_text="PSNR")
    expect(line.get_by_role("cell").nth(1)).to_contain_text("reference")
    expect(line.get_by_role("cell").nth(2)).to_contain_text("significantly better")
    wall = page.locator(".st-key-compare-wall .part")
    canvases = wall.locator("canvas")
    n = canvases.count() // 4  # original, two runs, PCA
    store = Store(server.store)
    original = np.array(canvases.first.evaluate(GREY_PIXELS), np.uint8).reshape(1, 1, 8, 8)
    for row, key in enumerate(keys, 1):
        expected = aecore.open_run(store, key).reconstruct(original)
        assert canvases.nth(row * n).evaluate(GREY_PIXELS) == expected.ravel().tolist()


def test_another_reference_is_kept_in_the_link(page: Page, keys: list[str]) -> None:
    visit(page, f"/compare?compare.runs={','.join(keys)}")
    table = page.locator(".st-key-compare-table")
    expect(table).to_be_visible(timeout=LONG_MS)
    page.locator(".st-key-compare-reference").get_by_role("combobox").click()
    page.get_by_role("option", name="PCA, 32").click()
    expect(table.get_by_text("relative to PCA, 32")).to_be_visible(timeout=LONG_MS)
    expect(page).to_have_url(re.compile(r"compare\.reference=pca-32"))
    page.goto(page.url)
    expect(table.get_by_text("relative to PCA, 32")).to_be_visible(timeout=LONG_MS)


def test_the_scores_can_be_taken_away_as_a_file(page: Page, keys: list[str]) -> None:
    visit(page, f"/compare?compare.runs={','.join(keys)}")
    button = page.get_by_test_id("stDownloadButton").get_by_role("button")
    expect(button).to_be_visible(timeout=LONG_MS)
    with page.expect_download(timeout=LONG_MS) as download:
        button.click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("group,score,title,unit,range,column,value,low,high")
    assert any(line.endswith(keys[1]) and ",significant," in line for line in lines)
