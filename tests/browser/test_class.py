"""Sessions without browsers: they see the pages that browsers see, and a class is measured."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

import aecore
from aecore.bench.app import serve
from aecore.bench.app.in_browser import served
from aecore.bench.app.visitor import Visitor
from aecore.bench.report import Figure
from aecore.errors import AecoreError
from aecore.store import Store
from tests.browser.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHARES_SERVER = True
T = TypeVar("T")


def in_a_thread(do: Callable[..., T], *given: Any) -> T:
    """What a call gives: Playwright leaves an event loop running in the main thread."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(do, *given).result()


def test_a_visitor_finds_the_slider_by_its_key_and_gets_another_picture(server: Server) -> None:
    run = aecore.train("undercomplete", "digits", n_epochs=2, store=Store(server.store))

    async def slide_twice() -> tuple[int, int]:
        async with Visitor(server.url, "walk", f"run={run.key}&walk.place=1") as visitor:
            before = visitor.n_bytes
            assert await visitor.slide("walk.place", 5.0) > 0
            whole, moved = before, visitor.n_bytes - before
            with pytest.raises(AecoreError, match=r"no widget 'walk\.nowhere'.*walk\.place"):
                visitor.widget("walk.nowhere")
            return whole, moved

    whole, moved = in_a_thread(lambda: asyncio.run(slide_twice()))
    assert 500 < moved < whole / 4  # the fragment's answer: a picture, and not the page


def test_a_page_that_fails_is_no_answer(server: Server) -> None:
    async def look() -> None:
        async with Visitor(server.url, "walk", "run=none") as visitor:
            visitor.widget("walk.place")

    with pytest.raises(AecoreError, match="shows no widget"):
        in_a_thread(lambda: asyncio.run(look()))


def test_a_small_class_slides_and_watches_while_a_training_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(serve, "N_SESSIONS", 2)
    monkeypatch.setattr(serve, "N_MOVES", 3)
    monkeypatch.setattr(serve, "WATCH_S", 4.0)
    monkeypatch.setenv("AECORE_SPARES", "0")  # nothing is asked of a worker that waits
    store = Store(tmp_path)
    walked = aecore.train("undercomplete", "digits", n_epochs=2, store=store).key

    def measured() -> tuple[Figure, Figure, Figure, float]:
        with served(store.root) as server, serve._training(store) as trained:
            begin = time.monotonic()
            answers, memory = serve._sliders(server, walked, 2)
            longest_ms = 1000 * (time.monotonic() - begin)
            return answers, memory, serve._watchers(server, trained), longest_ms

    answers, memory, watchers, longest_ms = in_a_thread(measured)
    assert "6 moves" in answers.reference
    # Each of two sessions waits for its three answers, one after the other.
    assert 1.0 < answers.figure < longest_ms / serve.N_MOVES * 2
    assert 0.05 < memory.figure < 4.0
    assert 0.0 < watchers.figure < float(os.cpu_count() or 1)
