"""Figures of the map in a real browser: painted warm, and a selection answered with pictures."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore.bench.app.in_browser import SETTLED
from aecore.bench.report import Figure

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from aecore.maps.latent_map import LatentMap

LONG_MS = 180_000
N_VISITS = 3
N_SELECTIONS = 9
N_POINTS = 100

_PICTURES = ".st-key-map-pictures .part"
_PART = ".living"
_PAINTED = ".living[data-rev]"  # it is noted when points are on the screen


def map_in_browser(page: Page, url: str, found: LatentMap) -> Iterator[Figure]:
    """The map of a run's codes in a browser that has seen the page before.

    Parameters
    ----------
    page
        Of a fresh browser context, 1280 by 800.
    url
        Of the server, without a slash at its end.
    found
        The run's map by PCA, of 10,000 points or more, in the server's store.
    """
    address = f"{url}/map?run={found.codes.run}"
    visited(page, address)
    yield painted(page, address)
    yield _selected(page, found)


def visited(page: Page, address: str) -> None:
    """The Map page for the first time, until nothing is left to compute or to load."""
    page.goto(address)
    page.wait_for_selector(_PAINTED, timeout=LONG_MS)  # codes and map are computed on the way
    page.wait_for_selector(f"{_PART}[data-sheet='ready']", timeout=LONG_MS)
    page.wait_for_selector(SETTLED)
    page.wait_for_timeout(1500)


def painted(page: Page, address: str, target_s: float | None = 1.5) -> Figure:
    """The Map page at an address where this browser has seen it before, opened again and again."""
    seconds = []
    for _ in range(N_VISITS):
        page.goto("about:blank")
        begin = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_selector(_PAINTED, timeout=LONG_MS)
        seconds.append(time.perf_counter() - begin)
        page.wait_for_selector(SETTLED)
        page.wait_for_timeout(1000)
    n = int(page.locator(_PART).get_attribute("data-points") or 0)
    return Figure(
        f"map of {n:,} points painted, warm: from the address to points on the screen",
        median(seconds),
        "s",
        target_s,
        reference=f"median of {N_VISITS}, worst {max(seconds):.2f} s",
    )


def _selected(page: Page, found: LatentMap) -> Figure:
    """Boxes about ever other points; from the button let go to the new pictures painted."""
    part = page.locator(_PART)
    part.get_by_role("button", name="Box").click()
    frame, box = json.loads(part.get_attribute("data-frame") or "{}"), _place(page)
    scaled = (found.positions - [frame["x"], frame["y"]]) * [frame["k"], -frame["k"]]
    middle = box["x"] + frame["w"] / 2, box["y"] + frame["h"] / 2
    pixels = scaled + np.array(middle)  # (n, 2)
    times, counts = [], []
    before = ""
    for i in range(N_SELECTIONS):
        share = (i + 0.5) / N_SELECTIONS
        x0, y0, x1, y1 = _box_of(pixels, share)
        page.mouse.move(x0, y0)
        page.mouse.down()
        page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
        page.mouse.move(x1, y1)
        page.wait_for_timeout(100)  # the hand stops before it lets go
        begin = time.perf_counter()
        page.mouse.up()
        page.locator(f"{_PICTURES}[data-rev]:not([data-rev='{before}'])").wait_for()
        times.append(1000 * (time.perf_counter() - begin))
        part = page.locator(_PICTURES)
        before = str(part.get_attribute("data-rev"))
        counts.append(int(part.get_attribute("data-pictures") or 0))
        page.wait_for_selector(SETTLED)
        page.wait_for_timeout(700)  # longer than a double click
    return Figure(
        f"selection of about {median(counts):.0f} points to their pictures, mean and spread shown",
        median(times[1:]),  # the first loads what the others share
        "ms",
        500.0,
        reference=f"median of {N_SELECTIONS - 1}, worst {max(times[1:]):.0f} ms, "
        f"first {times[0]:.0f} ms",
    )


def _box_of(pixels: np.ndarray, share: float) -> tuple[float, float, float, float]:
    """A box about a point that holds it and its nearest, as many as asked for."""
    middle = pixels[int(share * (len(pixels) - 1))]
    apart = np.abs(pixels - middle).max(1)
    radius = float(np.sort(apart)[min(N_POINTS, len(pixels)) - 1]) + 0.5
    (x0, y0), (x1, y1) = middle - radius, middle + radius
    return float(x0), float(y0), float(x1), float(y1)


def _place(page: Page) -> Any:
    return page.locator(f"{_PART} .over").bounding_box()
