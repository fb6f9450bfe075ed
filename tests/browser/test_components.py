"""The front-end parts in a real browser: what is drawn, and what a hand on the mouse does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import ROOT, Server, running_server, settled, until, visit, watched_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    script = Path(__file__).with_name("components_app.py")
    with running_server(tmp_path_factory.mktemp("kit"), script, PYTHONPATH=str(ROOT)) as started:
        yield started


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with watched_page(browser, server.url, height=2400) as opened:
        yield visit(opened)


def _part(page: Page, key: str) -> Locator:
    part = page.locator(f".st-key-{key} .part")
    expect(part).to_be_visible()
    return part


def _read(part: Locator, name: str) -> Any:
    expect(part).to_have_attribute(f"data-{name}", re.compile("."))  # drawn after the script ended
    text = part.get_attribute(f"data-{name}")
    assert text is not None
    return json.loads(text)


def _drag(page: Page, canvas: Locator, start: float, end: float) -> None:
    box = canvas.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=4)
    page.mouse.up()


def _longer(page: Page) -> None:
    page.get_by_role("button", name="Longer").click()
    settled(page)


def test_the_loss_chart_draws_the_values_it_was_given(page: Page) -> None:
    part = _part(page, "loss")
    expect(part).to_have_attribute("data-view", "[0.1,4]")
    last = _read(part, "last")
    assert last["mse train"] == pytest.approx(1 / 4, rel=1e-4)
    assert last["mse val"] == pytest.approx(1.5 / 4, rel=1e-4)


def test_axis_ticks_are_round_numbers(page: Page) -> None:
    ticks = _read(_part(page, "loss"), "ticks")
    assert len(ticks["x"]) >= 3
    assert len(ticks["y"]) >= 3
    for text in ticks["x"] + ticks["y"]:
        digits = text.replace(".", "").replace("-", "").strip("0")
        assert len(digits) <= 2, text


def test_zoom_survives_an_update_and_a_double_click_ends_it(page: Page) -> None:
    part = _part(page, "loss")
    canvas = part.locator("canvas")
    _drag(page, canvas, 0.4, 0.7)
    low, high = _read(part, "view")
    assert 0.1 < low < high < 4
    _longer(page)
    until(page, lambda: _read(part, "last")["mse train"] == pytest.approx(1 / 8, rel=1e-4))
    assert _read(part, "view") == [low, high]
    canvas.dblclick()
    expect(part).to_have_attribute("data-view", "[0.1,8]")


def test_the_log_scale_survives_an_update(page: Page) -> None:
    part = _part(page, "loss")
    expect(part).to_have_attribute("data-log", "false")
    part.get_by_role("button", name="log scale").click()
    expect(part).to_have_attribute("data-log", "true")
    _longer(page)
    expect(part).to_have_attribute("data-log", "true")


def test_a_click_in_the_legend_hides_a_term(page: Page) -> None:
    part = _part(page, "loss")
    with_kl = max(float(tick) for tick in _read(part, "ticks")["y"])
    part.get_by_role("button", name="kl").click()
    expect(part).to_have_attribute("data-hidden", "kl")
    assert max(float(tick) for tick in _read(part, "ticks")["y"]) < with_kl


def test_hovering_reads_the_curve_under_the_pointer(page: Page) -> None:
    part = _part(page, "loss")
    canvas = part.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 100)
    expect(part.locator(".tip")).to_contain_text("epoch 4")
    expect(part.locator(".tip")).to_contain_text("mse train  0.25")


def test_codes_glide_to_their_new_places(page: Page) -> None:
    part = _part(page, "codes")
    expect(part).to_have_attribute("data-points", "300")
    assert _read(part, "classes") == 3
    assert _read(part, "bounds")[2] == pytest.approx(4, abs=0.01)
    _longer(page)
    until(page, lambda: _read(part, "bounds")[2] == pytest.approx(8, abs=0.01))
    expect(part).to_have_attribute("data-moving", "false")


def test_a_class_name_is_shown_as_text(page: Page) -> None:
    expect(_part(page, "codes").get_by_role("button", name="<b>eel</b>")).to_be_visible()


def test_pictures_are_enlarged_by_whole_factors_and_keep_their_pixels(page: Page) -> None:
    for key in ("rows", "gal"):
        part = _part(page, key)
        expect(part).to_have_attribute("data-pictures", "12" if key == "rows" else "6")
        assert _read(part, "factor") >= 8
        assert _read(part, "factor") % 1 == 0
    white = _part(page, "gal").locator("canvas").nth(2)
    pixels = white.evaluate("c => [...c.getContext('2d').getImageData(0, 0, 2, 1).data]")
    assert pixels == [255, 255, 255, 255, 0, 0, 0, 255]


def test_a_caption_is_text_and_a_click_on_a_picture_is_answered(page: Page) -> None:
    part = _part(page, "gal")
    expect(part.locator(".caption").nth(3)).to_have_text("<img src=x onerror=alert(3)>")
    part.get_by_role("button").nth(3).click()
    expect(page.get_by_text("picked: 3")).to_be_visible()


def test_the_deepest_network_fits_the_page(page: Page) -> None:
    part = _part(page, "net")
    expect(part).to_have_attribute("data-layers", "20")
    expect(part).to_have_attribute("data-overflow", "false")
