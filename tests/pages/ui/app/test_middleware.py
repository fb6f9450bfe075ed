"""The wire: listening sockets send without delay, and only those are touched."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pages.ui.app.middleware import send_without_delay


def _delay_is_off(found: socket.socket) -> bool:
    return found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no list of open files here")
def test_a_listening_socket_and_what_it_accepts_send_without_delay() -> None:
    with socket.socket() as listening, socket.socket() as idle, socket.socket() as client:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        assert not _delay_is_off(listening)
        assert send_without_delay() >= 1
        assert _delay_is_off(listening)
        assert not _delay_is_off(idle)
        client.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with accepted:
            assert _delay_is_off(accepted)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no list of open files here")
def test_no_file_is_left_open() -> None:
    reading, writing = os.pipe()
    try:
        before = len(list(Path("/proc/self/fd").iterdir()))
        send_without_delay()
        assert len(list(Path("/proc/self/fd").iterdir())) == before
    finally:
        os.close(reading)
        os.close(writing)
