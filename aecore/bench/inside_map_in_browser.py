"""Figures of the map in a real browser: painted warm, and a selection answered with pictures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import TYPE_CHECKING, Any

from aecore.bench.in_browser import SETTLED
from aecore.bench.report import Figure

if TYPE_CHECKING:
    from playwright.sync_api import Page

LONG_MS = 180_000
N_VISITS = 3
N_SELECTIONS = 9
N_POINTS = 100

_PICTURES = ".st-key-map-pictures .part"
# Points are on the screen once a canvas of the chart, or its SVG, holds any.
_PAINTED = """() => {
    const plot = document.querySelector('.js-plotly-plot');
    if (!plot || !plot._fullData) return false;
    if (plot.querySelector('.scatterlayer .point')) return true;
    return [...plot.querySelectorAll('.gl-container canvas')].some(canvas => {
        if (!canvas.width) return false;
        const small = new OffscreenCanvas(64, 64), pen = small.getContext('2d');
        pen.drawImage(canvas, 0, 0, 64, 64);
        return pen.getImageData(0, 0, 64, 64).data.some(value => value > 0);
    });
}"""
# A box about the middle of a point that holds it and its nearest, as many as asked for.
_BOX_OF = """(plot, [share, n]) => {
    const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
    const points = plot._fullData.filter(trace => trace.customdata).flatMap(
        trace => Array.from(trace.x, (x, i) => [xaxis.l2p(x), yaxis.l2p(trace.y[i])]));
    const [cx, cy] = points[Math.floor(share * (points.length - 1))];
    const radii = points.map(([x, y]) => Math.max(Math.abs(x - cx), Math.abs(y - cy)));
    const radius = radii.sort((a, b) => a - b)[Math.min(n, radii.length) - 1] + 0.5;
    const left = box.x + xaxis._offset + cx, top = box.y + yaxis._offset + cy;
    return [left - radius, top - radius, left + radius, top + radius];
}"""


def map_in_browser(page: Page, url: str, run: str) -> Iterator[Figure]:
    """The map of a run's codes in a browser that has seen the page before.

    Parameters
    ----------
    page
        Of a fresh browser context, 1280 by 800.
    url
        Of the server, without a slash at its end.
    run
        Key of a run on 10,000 samples or more, in the server's store.
    """
    address = f"{url}/map?run={run}"
    page.goto(address)
    page.wait_for_function(_PAINTED, timeout=LONG_MS)  # codes and map are computed on the way
    page.wait_for_selector(SETTLED)
    page.wait_for_timeout(1500)
    yield _painted(page, address)
    yield _selected(page)


def _painted(page: Page, address: str) -> Figure:
    seconds = []
    for _ in range(N_VISITS):
        page.goto("about:blank")
        begin = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_function(_PAINTED, timeout=LONG_MS, polling="raf")
        seconds.append(time.perf_counter() - begin)
        page.wait_for_selector(SETTLED)
        page.wait_for_timeout(1000)
    n = _plot(page).evaluate("plot => plot._fullData.reduce((n, t) => n + t.x.length, 0)")
    return Figure(
        f"map of {n:,} points painted, warm: from the address to points on the screen",
        median(seconds),
        "s",
        3.0,
        reference=f"median of {N_VISITS}, worst {max(seconds):.2f} s; no GPU: software WebGL",
    )


def _selected(page: Page) -> Figure:
    """Boxes about ever other points; from the button let go to the new pictures painted."""
    plot = _plot(page)
    plot.locator(".modebar-btn[data-val=select]").click()
    times, counts = [], []
    before = ""
    for i in range(N_SELECTIONS):
        share = (i + 0.5) / N_SELECTIONS
        x0, y0, x1, y1 = plot.evaluate(_BOX_OF, [share, N_POINTS])
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


def _plot(page: Page) -> Any:
    return page.locator(".js-plotly-plot")
