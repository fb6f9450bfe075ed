"""Features in a real browser: read by a job while one watches, then tuned, and taken away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

import aecore
from aecore.store import Store
from aecore.studies.features import features_spec, load_features
from tests.browser.conftest import Server, settled, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True

LONG_MS = 150_000


def test_codes_are_read_seen_and_taken_away_and_the_link_keeps_who_reads(
    page: Page, server: Server
) -> None:
    store = Store(server.store)
    run = aecore.train("undercomplete", "digits", n_epochs=10, store=store)
    visit(page, f"/features?run={run.key}")
    expect(page.get_by_text("Predicting classes from the codes")).to_be_visible(timeout=LONG_MS)
    table = page.locator(".st-key-features-table")
    expect(table).to_be_visible(timeout=LONG_MS)
    settled(page)
    found = load_features(store.artifact(features_spec(run).key))
    at = found.n_labels.index(100)
    probe, knn = (
        f"{100 * found.curves[f'run-{name}'].mean[at]:.1f} %" for name in ("probe", "knn")
    )
    expect(
        page.get_by_text(re.compile(f"Accuracy of a linear probe with 100 labels: {probe}"))
    ).to_be_visible()
    wall = page.locator(".st-key-features-clusters .part")
    expect(wall).to_have_attribute("data-pictures", "40")  # ten groups: mean and three nearest
    page.get_by_role("radio", name="Nearest neighbours").click()
    told = page.get_by_text(re.compile(f"nearest neighbours with 100 labels: {knn}"))
    expect(told).to_be_visible(timeout=LONG_MS)
    expect(page).to_have_url(re.compile(r"features\.reader="))
    page.goto(page.url)
    expect(told).to_be_visible(timeout=LONG_MS)
    with page.expect_download(timeout=LONG_MS) as download:
        table.get_by_test_id("stDownloadButton").get_by_role("button").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == "study,what,score,labels,draw,value"
    value = found.curves["run-knn"].accuracy[at, 2]
    assert f"codes,run-knn,accuracy,100,2,{value}" in lines
    page.get_by_role("button", name="Fine-tune with few labels").click()
    card = page.locator(".st-key-features-tuned_card")
    expect(card.get_by_text("Fine-tuning with few labels")).to_be_visible(timeout=LONG_MS)
    card.get_by_role("button", name="Stop").click()
    expect(card.get_by_role("button", name="Fine-tune with few labels")).to_be_visible(
        timeout=LONG_MS
    )
