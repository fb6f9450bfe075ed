"""How soon a walk's picture follows its slider, in a real browser."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aecore.bench.app.in_browser import SETTLED
from aecore.bench.report import Figure

if TYPE_CHECKING:
    from playwright.sync_api import Page

N_SLIDES = 20
N_STEPS = 16
TARGET_MS = 100.0


def slider(
    page: Page,
    url: str,
    run: str,
    *,
    meanwhile: str = "one session",
    target_ms: float = TARGET_MS,
) -> Figure:
    """An arrow key on the slider of Walk to the new picture painted; median of twenty.

    Parameters
    ----------
    url
        Where the app answers, without a trailing slash.
    run
        Key of a run on pictures that this server's store holds.
    meanwhile
        What else goes on, for the figure's name.
    """
    page.goto(f"{url}/walk?run={run}&walk.steps={N_STEPS}&walk.place=1")
    page.wait_for_selector(SETTLED)
    handle = page.get_by_role("slider").first
    handle.wait_for(timeout=60_000)
    picture = page.locator(".st-key-walk-large .part[data-rev]")
    picture.wait_for(timeout=60_000)
    page.wait_for_timeout(3000)  # what is loaded after the first paint
    handle.focus()
    part = picture.element_handle()
    times = []
    for i in range(N_SLIDES):
        before = picture.get_attribute("data-rev")
        key = "ArrowRight" if (i // (N_STEPS - 1)) % 2 == 0 else "ArrowLeft"
        begin = time.perf_counter()
        page.keyboard.press(key)
        page.wait_for_function(
            "([part, before]) => part.dataset.rev !== before",
            arg=[part, before],
            polling="raf",
        )
        times.append(1000 * (time.perf_counter() - begin))
        page.wait_for_timeout(150)
    return Figure(
        f"slider to picture painted, Walk, {N_STEPS} steps, {meanwhile}",
        sorted(times)[len(times) // 2],
        "ms",
        target_ms,
        reference=f"median of {N_SLIDES}, worst {max(times):.0f} ms",
    )
