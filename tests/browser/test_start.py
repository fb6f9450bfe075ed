"""The Start page as a visitor meets it: a plane that answers without asking the server."""

from __future__ import annotations

import json

import pytest

from tests.browser.conftest import settled, visit

pytestmark = pytest.mark.browser
SHARES_SERVER = True
PAD = ".st-key-start-pad .part"


def test_a_place_on_the_plane_is_decoded_as_the_pointer_moves_without_a_request(page):
    visit(page)
    page.wait_for_selector(f'{PAD}:not([data-decoded="0"])')
    page.wait_for_load_state("networkidle")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    box = page.locator(f"{PAD} .map canvas").bounding_box()
    places = []
    for step in range(8):
        page.mouse.move(box["x"] + box["width"] * (0.3 + 0.05 * step), box["y"] + box["height"] / 2)
        places.append(tuple(json.loads(page.locator(PAD).get_attribute("data-z"))))
    assert len(set(places)) == 8
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    assert asked == []
    assert float(page.locator(PAD).get_attribute("data-decode-ms")) < 16


def test_different_places_decode_to_different_pictures(page):
    visit(page)
    page.wait_for_selector(f'{PAD}:not([data-decoded="0"])')
    box = page.locator(f"{PAD} .map canvas").bounding_box()
    shot = "el => Array.from(el.getContext('2d').getImageData(0, 0, el.width, el.height).data)"
    seen = []
    for x in (0.35, 0.65):
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] / 2)
        seen.append(page.locator(f"{PAD} .out canvas").evaluate(shot))
    assert len(seen[0]) == 4 * 28 * 28
    assert max(seen[0]) > 200
    assert sum(abs(a - b) for a, b in zip(*seen, strict=True)) > 10_000


def test_the_plane_can_be_walked_with_the_keyboard(page):
    visit(page)
    page.wait_for_selector(f'{PAD}:not([data-decoded="0"])')
    page.locator(f"{PAD} .map canvas").focus()
    page.keyboard.press("ArrowRight")
    before = json.loads(page.locator(PAD).get_attribute("data-z"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    after = json.loads(page.locator(PAD).get_attribute("data-z"))
    assert [round(b - a, 2) for a, b in zip(before, after, strict=True)] == [0.1, 0.1]


def test_the_shipped_model_opens_on_the_reconstruct_page(page):
    visit(page)
    page.locator(".st-key-start-open button").click()
    page.wait_for_url("**/reconstruct?**")
    settled(page)
    assert "run=run-" in page.url
