"""The app as a person meets it: served as `aecore app` does, opened in a real browser."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aecore.bench.app.chromium import find_chromium
from aecore.errors import AecoreError
from aecore.launch import app_root, command

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@contextmanager
def fresh_page(scale: float = 1) -> Iterator[Page]:
    """A page of 1280 x 800 in a Chromium whose cache is empty.

    Parameters
    ----------
    scale
        Of its display: 2 where a pixel of a page is two by two.

    Raises
    ------
    AecoreError
        If Playwright is not installed.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as problem:
        raise AecoreError(
            "Figures of the browser need Playwright.", "Run `make test` once: it installs it."
        ) from problem
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_chromium()), args=FLAGS)
        viewport: ViewportSize = {"width": 1280, "height": 800}
        yield browser.new_context(viewport=viewport, device_scale_factor=scale).new_page()
        browser.close()


@dataclass(frozen=True)
class Server:
    """A running app: its address, without a trailing slash, and its process."""

    url: str
    pid: int


@contextmanager
def served(store_root: Path, prefix: Sequence[str] = ()) -> Iterator[Server]:
    """The app as `aecore app` starts it, with this store.

    Parameters
    ----------
    prefix
        Words before the command, which put the process in its bounds and then become it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "AECORE_STORE": str(store_root)}
    process = subprocess.Popen(
        [*prefix, *command(port=port, address="127.0.0.1", headless=True)],
        cwd=app_root(),
        env={**environment, "PYTHONPATH": str(app_root())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not _answers(url):
            time.sleep(0.02)
        yield Server(url, process.pid)
    finally:
        process.terminate()
        process.wait(15)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
            return True
    except OSError:
        return False
