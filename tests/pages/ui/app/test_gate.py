"""The door: who asks under a foreign name or from a foreign page is told so, and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from streamlit import config, net_util

from pages.ui.app import gate
from tests.pages.ui.asgi import ask


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A private server, and no setting of this machine's own."""
    monkeypatch.delenv(gate.HOSTS, raising=False)
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    yield
    config.set_option("server.address", before)


HERE = ["localhost", "localhost:8501", "LOCALHOST:8501", "127.0.0.1:8501", "[::1]:8501", "::1"]
ELSEWHERE = [
    "rebind.evil.example:8501",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example",
    "",
    "localhost:x",
    "user@localhost",
    "localhost/path",
    "localhost:99999",
]
LAN = ["192.168.1.20:8501", "10.0.0.5", "[fe80::1]:8501"]


@pytest.mark.parametrize("host", [name for name in HERE if name != "::1"])
def test_this_machine_is_answered_under_its_own_names(host: str) -> None:
    assert gate.refusal(host, None) is None
    assert gate.refusal(host, f"http://{host}") is None


@pytest.mark.parametrize("host", ELSEWHERE + LAN)
def test_a_private_server_answers_under_no_other_name(host: str) -> None:
    assert gate.HOSTS in str(gate.refusal(host, None))
    assert gate.HOSTS in str(gate.refusal(host, f"http://{host}"))


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "", "192.168.1.20"])
def test_a_server_of_a_class_answers_under_any_address_and_its_own_name(address: str) -> None:
    config.set_option("server.address", address)
    machine = socket.gethostname()
    for host in [*LAN, f"{machine}:8501", f"{machine}.local", "localhost:8501"]:
        assert gate.refusal(host, f"http://{host}") is None
    for host in ELSEWHERE:
        assert gate.refusal(host, None) is not None


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:9999",  # another program of this machine
        "https://localhost.evil.example:8501",
        "null",
        "",
        "http://",
        "http://user@localhost:8501",
        "localhost:8501",
    ],
)
def test_a_page_of_another_site_is_refused(origin: str) -> None:
    assert "another site" in str(gate.refusal("localhost:8501", origin))


def test_a_setting_names_what_a_proxy_serves_it_as(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gate.HOSTS, "lab.school.example, *.class.example")
    lab = "https://lab.school.example"
    assert gate.refusal("lab.school.example", lab) is None
    assert gate.refusal("LAB.school.example:8443", f"{lab}:8443") is None
    assert gate.refusal("7b.class.example", "https://7b.class.example") is None
    assert gate.refusal("127.0.0.1:8501", lab) is None  # a proxy that asks under its own name
    assert gate.refusal("class.example", None) is not None
    assert gate.refusal("evilclass.example", None) is not None
    assert gate.refusal("lab.school.example", "https://evil.example") is not None
    monkeypatch.setenv(gate.HOSTS, "*")
    assert gate.refusal("any.example", "http://any.example") is None


def test_refused_visits_never_reach_the_app() -> None:
    reached = []

    async def socket_of(websocket: WebSocket) -> None:
        reached.append("websocket")
        await websocket.accept()
        await websocket.close()

    def page(_: object) -> PlainTextResponse:
        reached.append("page")
        return PlainTextResponse("a page")

    routes = [Route("/", page, methods=["GET", "PUT"]), WebSocketRoute("/stream", socket_of)]
    app = gate.Gate(Starlette(routes=routes))
    home = {"host": "localhost:8501"}
    for headers in ({**home, "origin": "http://evil.example"}, {"host": "evil.example"}):
        answer = ask(app, method="PUT", headers=headers)
        assert (answer.status, answer.headers["content-type"][:10]) == (403, "text/plain")
        assert ask(app, "/stream", scheme="ws", headers=headers).status == 1008
    assert reached == []
    assert ask(app, headers=home).text == "a page"
    with_origin = {**home, "origin": "http://localhost:8501"}
    assert ask(app, "/stream", scheme="ws", headers=with_origin).status == 101
    assert reached == ["page", "websocket"]


def test_no_one_outside_is_asked_for_our_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)  # put back after

    def ask(*_: object, **__: object) -> None:
        raise AssertionError("another host was asked")

    monkeypatch.setattr(net_util, "_make_blocking_http_get", ask)
    gate.ask_no_one_outside()
    assert net_util.get_external_ip() is None
