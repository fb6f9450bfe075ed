"""The app in a folder of a host: behind a proxy that strips it, and under a base path."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import Browser, Page, expect

from pages.ui.session import PAGES
from tests.browser.conftest import Server, running_server, settled, visit, watched_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PREFIX = "/user/eve/lab"
LONG_MS = 120_000


class StrippingProxy:
    """Passes on what is asked below a folder, without the folder, as JupyterHub's does."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.strayed: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(65_536)
                if not piece:
                    return
                head += piece
            method, path, rest = head.split(b" ", 2)
            if not path.startswith(PREFIX.encode()):
                self.strayed.append(path.decode())
                client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                return
            path = path[len(PREFIX) :] or b"/"
            if b"\r\nupgrade:" not in rest.lower():  # one request a connection
                rest = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", rest, count=1)
                rest = rest.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
            with socket.create_connection(("127.0.0.1", self._port)) as server:
                server.sendall(b" ".join((method, path, rest)))
                back = threading.Thread(target=_pour, args=(server, client), daemon=True)
                back.start()
                _pour(client, server)
                back.join()

    def close(self) -> None:
        self._socket.close()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def proxied(server: Server) -> Iterator[StrippingProxy]:
    opened = StrippingProxy(int(server.url.rsplit(":", 1)[1]))
    try:
        yield opened
    finally:
        opened.close()


def walk_through(page: Page, folder: str) -> None:
    """Open every page, and look at pictures that come by an address of their own."""
    for name in sorted(PAGES):
        path = "/" if name == "start" else f"/{name}"
        visit(page, f"{folder}{path}")
        expect(page.locator("h1").first).to_be_visible(timeout=LONG_MS)  # its script has begun
        settled(page)
        assert page.get_by_test_id("stException").count() == 0, name
    visit(page, f"{folder}/photos?photos.sample=camera&photos.noise=none")
    painted = page.locator(".st-key-photos-view .part")
    expect(painted).to_have_attribute("data-painted", "cleaned", timeout=LONG_MS)


def test_behind_a_proxy_that_strips_its_folder_all_pages_and_their_pictures_are_there(
    browser: Browser, server: Server
) -> None:
    with proxied(server) as proxy:
        with watched_page(browser, proxy.url) as page:
            walk_through(page, PREFIX)
        assert not [path for path in proxy.strayed if "favicon" not in path]


def test_so_are_they_under_a_base_path(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("base")
    with (
        running_server(folder, base="lab") as server,
        watched_page(browser, server.url) as page,
    ):
        walk_through(page, "/lab")
