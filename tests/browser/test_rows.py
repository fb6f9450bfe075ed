"""Rows in a real browser: a table's way from its file to its worst columns; texts; baskets."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

import aecore
from aecore.specs.data import DataSpec
from aecore.store import Store
from tests.browser.conftest import Server, settled, visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG_MS = 150_000


@pytest.fixture
def weather(tmp_path: Path) -> Path:
    """Days with semicolons and decimal commas, as a spreadsheet in much of Europe writes them."""
    draw = np.random.default_rng(0)
    wet = draw.random(160) < 0.5
    table = pd.DataFrame(
        {
            "sky": np.where(wet, "rain", "clear"),
            "warmth": np.where(wet, 8.0, 20.0) + draw.normal(0, 2, 160).round(1),
            "hours of sun": np.where(wet, 1.0, 9.0) + draw.normal(0, 1, 160).round(1),
        }
    )
    path = tmp_path / "weather.csv"
    table.to_csv(path, index=False, sep=";", decimal=",")
    return path


def test_a_table_is_brought_trained_on_and_its_columns_are_looked_at(
    page: Page, server: Server, weather: Path
) -> None:
    page.set_default_timeout(LONG_MS)  # the job that reads the table has the cores
    aecore.load("digits", store=Store(server.store))  # so that no larger set comes in by itself
    visit(page, f"/data?data={DataSpec(source='digits').key}")
    page.get_by_role("radio", name="Your own").click()
    page.get_by_role("radio", name="Table").click()
    read = page.get_by_role("button", name="Read the table")
    expect(read).to_be_visible()
    settled(page, LONG_MS)
    page.locator("input[type=file]").set_input_files(weather)
    expect(page.get_by_text("weather.csv")).to_be_visible()
    read.click()
    expect(page.get_by_text("3 columns, as they were understood")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Import the table").click()
    expect(page.get_by_text("160 rows · 3 columns · 4 features")).to_be_visible(timeout=LONG_MS)
    data = page.url.split("data=")[1].split("&")[0]

    visit(page, f"/train?data={data}&train.recipe=by-column&train.by-column.n_epochs=30")
    page.locator(".st-key-train-start button").click()
    page.locator(".st-key-train-look button").click(timeout=LONG_MS)
    expect(page.get_by_text("Negative log-likelihood ↓")).to_be_visible(timeout=LONG_MS)
    settled(page, LONG_MS)
    expect(page.locator(".st-key-reconstruct-rows")).to_be_visible()
    expect(page.get_by_text("Parallel coordinates")).to_be_visible()


def test_a_typed_sentence_finds_texts_and_the_link_of_one_of_them_reopens_it(
    page: Page, server: Server
) -> None:
    run = aecore.train("texts", "notes", n_epochs=2, store=Store(server.store))
    visit(page, f"/search?run={run.key}")
    box = page.get_by_label("A sentence")
    expect(box).to_be_visible(timeout=LONG_MS)
    box.fill("the bread was warm")
    box.press("Enter")
    expect(page.get_by_text("Texts like this one")).to_be_hidden(timeout=LONG_MS)
    page.get_by_role("button", name="Another text of the set").click()
    expect(page).to_have_url(re.compile(r"search\.row=\d+"))
    expect(page.get_by_text("Texts like this one")).to_be_visible(timeout=LONG_MS)


def test_a_held_out_person_gets_suggestions_and_so_does_who_ticks_a_thing(
    page: Page, server: Server
) -> None:
    run = aecore.train("mult-dae", "baskets", n_epochs=3, store=Store(server.store))
    visit(page, f"/recommend?run={run.key}")
    expect(page.get_by_text("EASE").first).to_be_visible(timeout=LONG_MS)
    settled(page, LONG_MS)
    before = page.locator(".st-key-recommend-table_card")
    expect(before).to_be_visible()
    page.get_by_role("radio", name="My own choices").click()
    expect(page.get_by_text("Chosen (2):")).to_be_visible(timeout=LONG_MS)
    page.reload()
    expect(page.get_by_text("Chosen (2):")).to_be_visible(timeout=LONG_MS)  # the link keeps it
