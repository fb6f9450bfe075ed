"""Figures that only a real browser can give: painted, clicked, slid."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from aecore.bench.app.in_browser import SETTLED, fresh_page, served
from aecore.bench.report import Figure

if TYPE_CHECKING:
    from playwright.sync_api import Page

N_SLIDES = 20


def in_browser() -> Iterator[Figure]:
    """Start, first point and slider, in a fresh store and a browser with an empty cache.

    Raises
    ------
    AecoreError
        If Playwright is not installed.
    """
    with fresh_page() as page, tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        with served(Path(folder)) as server:
            page.goto(server.url)
            page.wait_for_selector('.st-key-start-pad .part[data-decoded]:not([data-decoded="0"])')
            yield Figure(
                "start of the server to the first page painted, fresh store",
                time.perf_counter() - begin,
                "s",
                6.0,
                reference="issue: installed, `make app`",
            )
            yield _first_point(page, server.url)
            yield _slider(page, server.url)


def _first_point(page: Page, url: str) -> Figure:
    """Train clicked to the first point on the curve, with a worker waiting; median of three."""
    seconds = []
    for seed in (1, 2, 3):
        page.goto(f"{url}/train?train.vae.seed={seed}&train.vae.n_epochs=5")
        page.wait_for_selector(SETTLED)
        _wait_for_spare(page)
        begin = time.perf_counter()
        page.locator(".st-key-train-start button").click()
        page.wait_for_selector('.st-key-train-curves .part:not([data-points="0"])')
        seconds.append(time.perf_counter() - begin)
        page.locator(".st-key-train-further button").first.wait_for(timeout=120_000)
    return Figure(
        "Train clicked to the first point on the curve, warm",
        sorted(seconds)[1],
        "s",
        1.5,
        reference=f"median of three, worst {max(seconds):.2f} s",
    )


def _wait_for_spare(page: Page) -> None:
    """Let the next worker load torch; a person reads the page meanwhile."""
    page.wait_for_timeout(8000)


def _slider(page: Page, url: str) -> Figure:
    """An arrow key on the slider of Reconstruct to the new picture painted; median."""
    run = page.url.split("run=")[1].split("&")[0]
    page.goto(f"{url}/reconstruct?run={run}")
    page.wait_for_selector(SETTLED)
    slider = page.get_by_role("slider").first
    slider.wait_for()
    slider.focus()
    rows = page.locator(".st-key-reconstruct-wall .part")
    rows.wait_for()
    page.wait_for_timeout(3000)
    part = rows.element_handle()
    times = []
    for _ in range(N_SLIDES):
        before = rows.get_attribute("data-rev")
        begin = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "([part, before]) => part.dataset.rev !== before",
            arg=[part, before],
            polling="raf",
        )
        times.append(1000 * (time.perf_counter() - begin))
        page.wait_for_timeout(150)
    return Figure(
        "slider to new pictures painted, Reconstruct, one session",
        sorted(times)[len(times) // 2],
        "ms",
        100.0,
        reference=f"median of {N_SLIDES}, worst {max(times):.0f} ms; runner.postScriptGC off",
    )
