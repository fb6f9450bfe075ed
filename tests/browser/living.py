"""What a hand does on a living map, and what the map says of itself."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page


def part_of(page: Page) -> Locator:
    return page.locator(".living")


def read(page: Page, name: str) -> Any:
    """What the component notes on itself, from JSON."""
    text = part_of(page).get_attribute(f"data-{name}")
    assert text is not None
    return json.loads(text)


def on_screen(page: Page, xy: Any) -> tuple[float, float]:
    """Where a position of the map is on the screen."""
    frame, box = read(page, "frame"), page.locator(".over").bounding_box()
    assert box is not None
    x, y = (float(value) for value in xy)
    return (
        box["x"] + frame["w"] / 2 + (x - frame["x"]) * frame["k"],
        box["y"] + frame["h"] / 2 - (y - frame["y"]) * frame["k"],
    )


def point_at(page: Page, xy: Any) -> np.ndarray:
    """Move the pointer there and wait for the answer; the place that was decoded, `(1, 2)`."""
    x, y = on_screen(page, xy)
    page.mouse.move(x - 40, y)
    part = part_of(page).element_handle()  # it lies in a shadow root
    page.wait_for_function("part => part.dataset.at", arg=part)
    n, k = read(page, "decoded"), read(page, "frame")["k"]
    page.mouse.move(round(x), round(y))
    page.wait_for_function(
        "([{dataset}, n, x, k]) => +dataset.decoded > n &&"
        " Math.abs(JSON.parse(dataset.at)[0] - x) < 1.5 / k",
        arg=[part, n, float(xy[0]), k],
    )
    return np.array([read(page, "at")])


def drag(page: Page, places: list[Any]) -> None:
    """Press at the first of some positions, go through the others, let go at the last."""
    page.mouse.move(*on_screen(page, places[0]))
    page.mouse.down()
    for xy in places[1:]:
        page.mouse.move(*on_screen(page, xy), steps=6)
    page.mouse.up()


def loneliest(positions: np.ndarray) -> int:
    """Place of the point that is farthest from any other, so that a pointer finds no other."""
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return int(apart.min(1).argmax())
