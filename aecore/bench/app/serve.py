"""A class at once on one server: how soon it answers, what it takes, while a training runs."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

from aecore.api import lab
from aecore.bench.app.in_browser import Server, fresh_page, served
from aecore.bench.app.visitor import Visitor
from aecore.bench.inside.walk import N_STEPS, slider
from aecore.bench.report import Figure
from aecore.errors import AecoreError
from aecore.jobs.engine import Engine
from aecore.store import Store

N_SESSIONS = 40
N_FEWER = (1, 10)
"""Sessions besides, to see how the cost grows with them."""
MOVES_S = 1.0
"""Seconds from one move of a session's slider to its next."""
N_MOVES = 20
WATCH_S = 20.0
WARM_S = 10.0
"""The server loads torch behind its first page; a class comes later."""
RAMP_S = 0.1
"""Between two arrivals: a class does not open the page in one instant."""


def figures(_store: Store) -> Iterator[Figure]:
    """A slider under load, forty sliders, forty watchers; a training runs all the while.

    In a store of its own, for the training is never finished.

    Raises
    ------
    AecoreError
        Where the system does not tell what a process takes (no `/proc`).
    """
    if not Path("/proc/self/stat").exists():
        raise AecoreError("What a process takes is read from /proc.", "Measure on Linux.")
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
        store = Store(folder)
        walked = lab.train("vae", "mnist-5k", store=store, n_epochs=10).key
        with served(store.root) as server, _training(store) as trained:
            time.sleep(WARM_S)
            with fresh_page() as page:
                yield slider(
                    page, server.url, walked, meanwhile="one training running", target_ms=150.0
                )
            for n_sessions in (*N_FEWER, N_SESSIONS):
                yield from _sliders(server, walked, n_sessions)
            yield _watchers(server, trained)


@contextmanager
def _training(store: Store) -> Iterator[str]:
    """A run that trains, in a worker as the app's own, until the end; its key."""
    spec = lab.run_spec("conv", "mnist-5k", store=store, n_epochs=10_000)
    with Engine(store) as engine:
        key = engine.submit(spec, "bench", title="Convolutional", recipe="conv")
        deadline = time.monotonic() + 120
        while not (found := engine.view(key)).state.n_done:
            if not found.is_live or time.monotonic() > deadline:
                raise AecoreError(f"The training did not begin: {found.status}.")
            time.sleep(0.1)
        yield key
        engine.stop(key, "bench")


def _sliders(server: Server, run: str, n_sessions: int) -> Iterator[Figure]:
    """Sessions on Walk, each moving its slider once a second; the targets are those of forty."""
    is_class = n_sessions == N_SESSIONS
    before = _cpu_s(server.pid)
    begin = time.perf_counter()
    times = [1000 * s for found in _together(server, run, n_sessions) for s in found]
    busy = (_cpu_s(server.pid) - before) / (time.perf_counter() - begin)
    p95 = quantiles(times, n=20)[-1]
    who = f"{n_sessions} at once, a move every {MOVES_S:g} s, one training running"
    yield Figure(
        f"slider to answer, Walk, {who}: 95th percentile",
        p95,
        "ms",
        300.0 if is_class else None,
        reference=f"{len(times)} moves, median {quantiles(times, n=2)[0]:.0f} ms, worst "
        f"{max(times):.0f} ms; server {100 * busy:.0f} % of a core; client on the same cores",
    )
    yield Figure(
        f"memory of the web process, its most, after {n_sessions} at once",
        _peak_gb(server.pid),
        "GB",
        1.0 if is_class else None,
    )


def _together(server: Server, run: str, n_sessions: int) -> list[list[float]]:
    """What each session measured, all of them at once."""
    arrived = asyncio.Event()
    n_here = 0

    async def one(index: int) -> list[float]:
        nonlocal n_here
        chance = random.Random(index)
        await asyncio.sleep(index * RAMP_S)
        query = f"run={run}&walk.steps={N_STEPS}&walk.place=1"
        async with Visitor(server.url, "walk", query) as visitor:
            n_here += 1
            if n_here == n_sessions:
                arrived.set()
            await arrived.wait()
            await asyncio.sleep(chance.random() * MOVES_S)
            times, place = [], 1
            for _ in range(N_MOVES):
                place = chance.choice([p for p in range(1, N_STEPS + 1) if p != place])
                times.append(await visitor.slide("walk.place", float(place)))
                await asyncio.sleep(max(0.0, MOVES_S - times[-1]))
            return times

    return _gathered([one(index) for index in range(n_sessions)])


def _watchers(server: Server, run: str) -> Figure:
    """Forty sessions that look at the live curves of one run."""
    arrived = asyncio.Event()
    n_here, n_looks = 0, 0
    span = [0.0, 0.0]

    async def one(index: int) -> list[float]:
        nonlocal n_here, n_looks
        await asyncio.sleep(index * RAMP_S)
        async with Visitor(server.url, "train", f"run={run}") as visitor:
            n_here += 1
            if n_here == N_SESSIONS:
                span[:] = [_cpu_s(server.pid), time.perf_counter()]
                arrived.set()
            await arrived.wait()
            await asyncio.sleep(random.Random(index).random())
            times = []
            while time.perf_counter() < span[1] + WATCH_S:
                beat = visitor.beat
                if beat is None:
                    raise AecoreError("The page of the live run does not look again by itself.")
                times.append(await visitor.run(beat.fragment, by_beat=True))
                n_looks += 1
                await asyncio.sleep(max(0.0, beat.every_s - times[-1]))
            return times

    times = [1000 * s for found in _gathered([one(i) for i in range(N_SESSIONS)]) for s in found]
    busy = (_cpu_s(server.pid) - span[0]) / (time.perf_counter() - span[1])
    return Figure(
        f"{N_SESSIONS} sessions watching one run's live curves: cores the server takes",
        busy,
        "cores",
        0.5,
        reference=f"{n_looks} looks in {WATCH_S:.0f} s, each answered in "
        f"{quantiles(times, n=2)[0]:.0f} ms (median)",
    )


def _gathered(sessions: list[Coroutine[None, None, list[float]]]) -> list[list[float]]:
    async def all_of_them() -> list[list[float]]:
        return list(await asyncio.gather(*sessions))

    return asyncio.run(all_of_them())


def _cpu_s(pid: int) -> float:
    """Processor time of a process so far, its own and the system's for it; s."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _peak_gb(pid: int) -> float:
    """Most memory that a process has held (VmHWM); 10^9 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e9
    raise AecoreError("The system does not tell the memory of a process.")
