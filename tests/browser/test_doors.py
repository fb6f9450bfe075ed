"""A server as `aecore app` starts it: strangers are turned away at once, and no one is asked."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, Server, _wait_until_it_answers, free_port

pytestmark = pytest.mark.browser

SOON_S = 0.05


class SilentProxy:
    """A proxy that answers nothing and notes what it is asked, as in a room without internet."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._held: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._held.append(connection)
                self.asked.append(connection.recv(200).decode(errors="replace").split("\r\n")[0])

    def close(self) -> None:
        self._socket.close()
        for connection in self._held:
            connection.close()


@pytest.fixture(scope="module")
def proxy() -> Iterator[SilentProxy]:
    opened = SilentProxy()
    yield opened
    opened.close()


@contextmanager
def app_behind(
    proxy: SilentProxy, folder: Path, *options: str, **environment: str
) -> Iterator[Server]:
    """`aecore app` whose every request to another host would go to the proxy."""
    port = free_port()
    names = ("http_proxy", "https_proxy", "all_proxy")
    proxies = {n: proxy.url for name in names for n in (name, name.upper())}
    log = folder / "server.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "aecore.cli", "app", "--headless", f"--port={port}", *options],
            cwd=ROOT,
            env={
                **{k: v for k, v in os.environ.items() if k.lower() != "no_proxy"},
                **proxies,
                "AECORE_STORE": str(folder / "store"),
                **environment,
            },
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://127.0.0.1:{port}", folder / "store", log, process)
    try:
        _wait_until_it_answers(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


@pytest.fixture(scope="module", params=[(), ("--classroom",)], ids=["private", "classroom"])
def server(
    request: pytest.FixtureRequest, proxy: SilentProxy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with app_behind(proxy, tmp_path_factory.mktemp("door"), *request.param) as started:
        yield started


def knock(server: Server, path: str = "/_stcore/stream", **headers: str) -> tuple[int, float]:
    """Ask for a websocket with these headers; the status, and seconds until it came."""
    host = server.url.removeprefix("http://")
    sent = {
        "Host": host,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    } | headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    address, port = host.split(":")
    with socket.create_connection((address, int(port)), timeout=10) as connection:
        begin = time.perf_counter()
        connection.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        status = connection.recv(200).split()[1]
        return int(status), time.perf_counter() - begin


def test_strangers_are_refused_at_once_and_no_other_host_is_asked(
    server: Server, proxy: SilentProxy
) -> None:
    knock(server)  # whatever is done once is done
    port = server.url.rsplit(":", 1)[1]
    strangers = [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": f"rebind.evil.example:{port}", "Origin": f"http://rebind.evil.example:{port}"},
    ]
    for stranger in strangers:
        for path in ("/_stcore/stream", "/_stcore/health", "/"):
            found = [knock(server, path, **stranger) for _ in range(5)]
            assert {status for status, _ in found} == {403}
            assert sorted(seconds for _, seconds in found)[2] < SOON_S
    assert knock(server, Origin=server.url)[0] == 101
    assert proxy.asked == []


def test_ten_strangers_at_the_door_keep_no_one_waiting(server: Server, proxy: SilentProxy) -> None:
    done = threading.Event()

    def keep_knocking() -> None:
        while not done.is_set():
            knock(server, Origin="http://evil.example")

    strangers = [threading.Thread(target=keep_knocking) for _ in range(10)]
    for stranger in strangers:
        stranger.start()
    try:
        waited = []
        for _ in range(20):
            begin = time.perf_counter()
            with urllib.request.urlopen(
                urllib.request.Request(f"{server.url}/_stcore/health"), timeout=10
            ) as answer:
                answer.read()
            waited.append(time.perf_counter() - begin)
    finally:
        done.set()
        for stranger in strangers:
            stranger.join()
    assert sorted(waited)[10] < 0.3  # a foreign origin used to stop everything for two seconds
    assert proxy.asked == []


def test_a_class_finds_the_server_under_the_address_of_the_machine(
    proxy: SilentProxy, tmp_path: Path
) -> None:
    with app_behind(proxy, tmp_path, "--classroom") as server:
        port = server.url.rsplit(":", 1)[1]
        host = f"192.0.2.7:{port}"  # as if this were the machine's address
        assert knock(server, Host=host, Origin=f"http://{host}")[0] == 101
        assert knock(server, Host=host, Origin="http://192.0.2.8")[0] == 403
        said = server.log.read_text()
    assert re.search(rf"Your class opens http://[\d.]+:{port}\n|not on a network", said)
    assert "External URL" not in said
    assert proxy.asked == []


def test_a_reverse_proxy_is_let_in_under_the_names_that_the_setting_holds(
    proxy: SilentProxy, tmp_path: Path
) -> None:
    with app_behind(proxy, tmp_path, AECORE_HOSTS="lab.school.example") as server:
        lab = "https://lab.school.example"
        assert knock(server, Host="lab.school.example", Origin=lab)[0] == 101
        assert knock(server, Origin=lab)[0] == 101  # a proxy that asks under the address behind it
        assert knock(server, Host="lab.school.example", Origin="https://evil.example")[0] == 403
        assert knock(server, Host="evil.example", Origin="https://evil.example")[0] == 403
    assert proxy.asked == []
