"""Ten sessions at work while hostile files are fed to the same server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

from aecore.api import lab
from aecore.bench.app.in_browser import SETTLED, fresh_page, served
from aecore.bench.app.visitor import Visitor
from aecore.bench.attack.cgroup import MemoryLimit, memory_limit
from aecore.bench.attack.files import attacks
from aecore.bench.attack.memory import Growth, family_growth, wait_until_steady
from aecore.bench.attack.pictures import picture
from aecore.bench.inside.walk import N_STEPS
from aecore.bench.report import Figure
from aecore.errors import AecoreError
from aecore.store import Store

if TYPE_CHECKING:
    from playwright.sync_api import Page

N_SESSIONS = 10
N_FILES, N_QUICK = 60, 12
GROWTH_MB, ANSWER_MS, CANCEL_MS = 500.0, 300.0, 4000
LIMIT_BYTES = 4 * 2**30
MOVE_S = 1.0
_WARM_S = 8.0
_ALONE_S = 12.0
"""So long they are at work before the first file comes, to tell the attack from other load."""


def figures(*, quick: bool = False, seed: int = 0) -> Iterator[Figure]:
    """Whether the server lives, by how much it grows, and how soon others are answered.

    The server runs under a limit of memory where this system lets one be set (a cgroup: a limit
    on address space would end torch, which reserves far more than it takes).

    Raises
    ------
    AecoreError
        If Playwright or websockets is not installed, or a session at work is shown an exception.
    """
    os.environ.setdefault("AECORE_SPARES", "0")
    every = [attack for attack in attacks() if "photo" in attack.doors]
    n_files = min(len(every), N_QUICK if quick else N_FILES)
    chosen = random.Random(seed).sample(every, n_files)
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
        store = Store(Path(folder) / "store")
        run = lab.train("undercomplete", "digits", store=store, n_epochs=1).key
        honest = Path(folder) / "honest.webp"
        honest.write_bytes(picture(1000, 800, "WEBP"))
        paths = []
        for number, attack in enumerate(chosen):
            paths.append(Path(folder) / f"{number}{attack.suffix}")
            paths[-1].write_bytes(attack.make())
        with (
            memory_limit(LIMIT_BYTES) as limit,
            served(store.root, limit.prefix) as server,
            fresh_page() as page,
        ):
            address = f"{server.url}/photos?photos.way=upload"
            with _ten_at_work(server.url, run) as times:
                _feed(page, address, [honest])  # what is imported once is not counted
                wait_until_steady(server.pid)
                n_warm = len(times)
                with family_growth(server.pid) as growth:
                    time.sleep(_ALONE_S)
                    n_alone = len(times)
                    seconds = _feed(page, address, paths)
            is_alive = Path(f"/proc/{server.pid}").exists() if os.name == "posix" else True
    yield from _told_of_server(limit, growth, len(seconds), is_alive=is_alive)
    yield from _told_of_times(times[n_warm:n_alone], times[n_alone:], seconds)


def _told_of_server(
    limit: MemoryLimit, growth: Growth, n: int, *, is_alive: bool
) -> Iterator[Figure]:
    under = limit.reason and f"no limit of memory: {limit.reason}"
    yield Figure(
        "ten at work, attacked: server ended",
        0 if is_alive else 1,
        "times",
        0,
        reference=under or f"under a limit of {LIMIT_BYTES / 2**30:g} GB for all its processes",
    )
    if limit.prefix:
        yield Figure(
            "ten at work, attacked: processes ended for want of memory",
            limit.n_killed,
            "processes",
            0,
        )
    if growth.mb is not None:
        yield Figure(
            "ten at work, attacked: server and what decodes for it grew by",
            growth.mb,
            "MB",
            GROWTH_MB,
            reference=f"{N_SESSIONS} sessions on Walk, a move every {MOVE_S:g} s; {n} hostile "
            f"files, Photos; at one time: server {growth.own_mb:.0f} MB, what decodes "
            f"{growth.children_mb:.0f} MB; left in the server {growth.left_mb:.0f} MB",
        )


def _told_of_times(
    alone: list[float], times: list[float], seconds: list[float]
) -> Iterator[Figure]:
    n = len(seconds)
    ordered = sorted(1000 * s for s in times)
    yield Figure(
        "ten at work, attacked: answer, 95th percentile",
        quantiles(ordered, n=20)[-1],
        "ms",
        ANSWER_MS,
        reference=f"{len(ordered)} moves, worst {ordered[-1]:.0f} ms; before the first file "
        f"{1000 * quantiles(alone, n=20)[-1]:.0f} ms",
    )
    yield Figure(
        "ten at work, attacked: a hostile file is answered or cancelled",
        max(seconds),
        "s",
        5.0,
        reference=f"of {n}; cancelled after {CANCEL_MS / 1000:g} s",
    )


@contextlib.contextmanager
def _ten_at_work(url: str, run: str) -> Iterator[list[float]]:
    """Sessions that move a slider until the block ends; s until each answer."""
    times: list[float] = []
    is_over = threading.Event()
    problems: list[BaseException] = []

    async def one(index: int) -> None:
        chance = random.Random(index)
        query = f"run={run}&walk.steps={N_STEPS}&walk.place=1"
        async with Visitor(url, "walk", query) as visitor:
            begin, place = time.monotonic(), 1
            while not is_over.is_set():
                place = chance.choice([p for p in range(1, N_STEPS + 1) if p != place])
                taken = await visitor.slide("walk.place", float(place))
                if time.monotonic() - begin > _WARM_S:
                    times.append(taken)
                await asyncio.sleep(max(0.0, MOVE_S - taken))

    async def everybody() -> None:
        await asyncio.gather(*(one(index) for index in range(N_SESSIONS)))

    def work() -> None:
        try:
            asyncio.run(everybody())
        except BaseException as problem:  # noqa: BLE001 - raised again where it is seen
            problems.append(problem)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    time.sleep(_WARM_S + 1)
    try:
        yield times
    finally:
        is_over.set()
        thread.join(30)
    if problems:
        raise AecoreError(f"A session at work ended: {problems[0]}") from problems[0]


def _feed(page: Page, address: str, paths: list[Path]) -> list[float]:
    """Send files one after the other to Photos, each on a fresh page; s until each answer."""
    found = []
    for path in paths:
        page.goto(address)
        page.wait_for_selector(SETTLED, timeout=60_000)
        place = page.locator('input[type="file"]').first
        place.wait_for(state="attached", timeout=30_000)
        begin = time.perf_counter()
        place.set_input_files(str(path))
        answer = page.locator(
            '[data-testid="stAlert"], [data-testid="stImage"], .st-key-photos-view, '
            '[data-testid="stFileUploaderFileError"]'
        ).first
        try:
            answer.wait_for(timeout=CANCEL_MS)
        except Exception:  # noqa: BLE001 - Playwright's own; then as a person does: Cancel
            with contextlib.suppress(Exception):
                page.get_by_role("button", name="Cancel").click(timeout=1_000)
                answer.wait_for(timeout=10_000)
        found.append(time.perf_counter() - begin)
    return found
