"""Servers started as `aecore app` starts them, and pages that fail on any complaint.

A server takes four seconds of a core until its first page stands. Modules that say
`SHARES_SERVER = True` have one together, and one store in it: what they look at they name in their
addresses, and what they list is of their own session. Other modules have one each; so has one that
opens all pages, which ask for studies of the model that ships: with its server they end.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from aecore.bench.app.chromium import find_chromium
from tests.browser.windows import Complaints, watched_page

__all__ = ["Complaints", "watched_page"]  # for tests, which import all of it from here

collect_ignore = ["components_app.py"]  # a Streamlit script
ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "pages" / "ui" / "app" / "server.py"
FORBIDDEN_IN_LOG = ("Traceback", "missing ScriptRunContext", "Uncaught app exception")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a camera that shows a moving picture
    "--use-fake-ui-for-media-stream",  # and is given without asking
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=str(find_chromium()), args=CHROMIUM_FLAGS
        )
        yield opened
        opened.close()


@dataclass
class Server:
    """A running server."""

    url: str
    store: Path
    log: Path
    process: subprocess.Popen[bytes]


GREY_PIXELS = """canvas => Array.from(
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
).filter((_, i) => i % 4 === 0)"""
"""What is painted on a canvas, one number a pixel."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running_server(
    folder: Path, script: Path = SERVER, *, base: str = "", **environment: str
) -> Iterator[Server]:
    """A server with a store of its own, whose log must be free of tracebacks when it ends.

    Parameters
    ----------
    base
        Folder of the host that it is served from.
    """
    port = free_port()
    log, store = folder / "server.log", folder / "store"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", str(script)),
                *("--server.headless=true", f"--server.port={port}"),
                *((f"--server.baseUrlPath={base}",) if base else ()),
            ],
            cwd=ROOT,
            env={**os.environ, "AECORE_STORE": str(store), "AECORE_SPARES": "0", **environment},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", store, log, process)
    try:
        _wait_until_it_answers(server, base)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)
    _assert_nothing_failed(log)


def _assert_nothing_failed(log: Path, first_byte: int = 0) -> None:
    text = log.read_bytes()[first_byte:].decode(errors="replace")
    for word in FORBIDDEN_IN_LOG:
        assert word not in text, text


def _wait_until_it_answers(server: Server, base: str = "") -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        assert server.process.poll() is None, server.log.read_text(errors="replace")
        try:
            health = "/".join((server.url, *([base] if base else []), "_stcore/health"))
            with urllib.request.urlopen(health, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(server.log.read_text(errors="replace"))


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of all modules of a test process that share one."""
    with running_server(tmp_path_factory.mktemp("shared-server")) as started:
        yield started


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server for the tests of a module; where that says `SPARES = 1`, workers wait warm.

    They cost twelve seconds of a core, in which UMAP is compiled too: more than most tests take.
    """
    if getattr(request.module, "SHARES_SERVER", False):
        shared: Server = request.getfixturevalue("shared_server")
        n_bytes = shared.log.stat().st_size
        yield shared
        _assert_nothing_failed(shared.log, n_bytes)
        return
    spares = getattr(request.module, "SPARES", 0)
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, AECORE_SPARES=str(spares)) as started:
        yield started


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    with watched_page(browser, server.url) as opened:
        yield opened


@pytest.fixture
def new_page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page of a browser that has never been at the server."""
    with watched_page(browser, server.url, is_new=True) as opened:
        yield opened


def painted(element: Locator) -> tuple[float, float]:
    """Lightness, from 0 to 1, of the background of an element and of what is written on it."""
    colours = element.evaluate(
        "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
    )
    background, ink = (_lightness(colour) for colour in colours)
    return background, ink


def _lightness(colour: str) -> float:
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return (0.3 * red + 0.6 * green + 0.1 * blue) / 255


def until(page: Page, is_true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for what arrives in its own time: a component draws after the script has ended."""
    give_up = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < give_up, page.inner_text("body")
        page.wait_for_timeout(100)


def settled(page: Page, timeout_ms: int = 30_000) -> Page:
    """The page once its script has run and the connection stands."""
    for state in ('data-test-script-state="notRunning"', 'data-test-connection-state="CONNECTED"'):
        page.wait_for_selector(f'[data-testid="stApp"][{state}]', timeout=timeout_ms)
    return page


def visit(page: Page, path: str = "/") -> Page:
    """Go to an address of the app and wait until it stands."""
    page.goto(path)
    page.wait_for_selector('[data-testid="stApp"]', timeout=30_000)
    return settled(page)
