"""How a class finds the server: what is typed is right, what is scanned is the same."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

import click
import numpy as np
import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from pages.ui import invitation
from tests.pages.conftest import OpenPage

URL, OTHER = "http://192.168.178.120:8501", "http://10.0.0.2:8501"


@pytest.fixture
def settings_put_back() -> Iterator[None]:
    names = ("server.port", "server.baseUrlPath", "server.sslCertFile")
    before = {name: config.get_option(name) for name in names}
    yield
    for name in names:
        config.set_option(name, before[name])


def modules_of(lines: list[str]) -> np.ndarray:
    """The dark modules of a QR code drawn in half blocks, `(H, W)`."""
    light = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}
    rows = [[light[sign] for sign in line] for line in lines]
    return np.concatenate([np.array(row).T for row in rows]) == 0


def test_a_log_gets_one_line_for_each_address() -> None:
    said = invitation.words([URL, OTHER], is_large=False).strip().splitlines()
    assert [line.strip() for line in said] == [
        f"Your class opens {URL}",
        f"If that does not answer: {OTHER}",
    ]


def test_a_terminal_gets_the_address_large_and_a_code_of_the_same_address() -> None:
    said = click.unstyle(invitation.words([URL], is_large=True))
    lines = [line[2:] for line in said.splitlines()]
    typed = "192.168.178.120:8501"
    for row in range(5):
        assert " ".join(invitation._GLYPHS[sign][row] for sign in typed).rstrip() in lines
    assert max(map(len, lines)) < 80
    drawn = modules_of([line for line in lines if re.match("^[█▀▄ ]{20,}$", line)][5:])
    pixels = invitation.qr_pixels(URL, scale=1) == 0
    n = pixels.shape[0] - 8
    assert np.array_equal(drawn[2 : 2 + n, 2 : 2 + n], pixels[4:-4, 4:-4])
    assert not pixels[:4].any() and not pixels[:, :4].any()  # the quiet zone
    assert 0.3 < pixels[4:-4, 4:-4].mean() < 0.7


def test_an_address_that_is_no_number_is_written_as_it_is() -> None:
    assert "lab.local:8501/lab" in invitation.words(["http://lab.local:8501/lab"], is_large=True)


def test_without_a_network_it_says_so() -> None:
    assert "not on a network" in invitation.words([], is_large=True)


def test_addresses_are_those_that_others_may_reach() -> None:
    for address in invitation.lan_addresses():
        found = ipaddress.IPv4Address(address)
        assert not (found.is_loopback or found.is_link_local or found.is_unspecified)


@pytest.mark.parametrize(
    ("port", "base", "certificate", "expected"),
    [
        (8501, "", None, "http://10.0.0.2:8501"),
        (80, "", None, "http://10.0.0.2"),
        (8501, "/lab/", None, "http://10.0.0.2:8501/lab"),
        (443, "", "cert.pem", "https://10.0.0.2"),
    ],
)
def test_the_address_is_the_one_that_the_server_answers_under(
    settings_put_back: None, port: int, base: str, certificate: str | None, expected: str
) -> None:
    config.set_option("server.port", port)
    config.set_option("server.baseUrlPath", base)
    config.set_option("server.sslCertFile", certificate)
    assert invitation._url("10.0.0.2") == expected


def test_start_shows_the_address_to_who_sits_at_the_server_of_a_class(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def buttons(app: AppTest) -> list[str | None]:
        return [found.key for found in app.button if found.key == "start.class"]

    assert not buttons(open_page())
    monkeypatch.setattr(invitation, "_urls", [URL])
    monkeypatch.setattr(invitation, "_is_here", lambda: False)
    assert not buttons(open_page())
    monkeypatch.setattr(invitation, "_is_here", lambda: True)
    app = open_page()
    app.button(key="start.class").click().run()
    assert not app.exception
    assert "192.168.178.120:8501" in [found.value.replace("\\", "") for found in app.markdown]
