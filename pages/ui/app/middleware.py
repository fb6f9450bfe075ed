"""What answers look like on the wire: security headers, and no waiting for more to send."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aecore.launch import embedding_origins

HEADERS = {
    # The page asks nothing of any other host, and a browser holds it to that. Components are
    # modules from blob: addresses, charts compile functions, styles are written in place.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self' data: blob:; worker-src 'self' blob:; frame-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Addresses hold keys, which other sites need not see. ("no-referrer" may let a browser hide
    # from us, too, that a request is our own page's.)
    "Referrer-Policy": "same-origin",
}


def headers() -> dict[str, str]:
    """`HEADERS`, in which pages of the origins that are named may show the app in a frame."""
    policy = HEADERS["Content-Security-Policy"]
    frames = " ".join(["frame-ancestors 'self'", *embedding_origins()])
    return HEADERS | {"Content-Security-Policy": policy.replace("frame-ancestors 'self'", frames)}


class SecurityHeaders:
    """ASGI middleware that adds `headers()` to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def send_without_delay() -> int:
    """Set TCP_NODELAY on the listening sockets of this process; returns how many there are.

    Streamlit leaves it off, which costs 40 ms an answer. Accepted connections inherit it. Where
    a system does not list open files, nothing happens.
    """
    n_sockets = 0
    folder = next((f for f in ("/proc/self/fd", "/dev/fd") if Path(f).is_dir()), None)
    for number in os.listdir(folder) if folder else []:  # noqa: PTH208 - names, not paths
        with contextlib.suppress(OSError):
            copy = os.dup(int(number))
            try:
                n_sockets += _is_set_to_send_at_once(copy)
            finally:
                os.close(copy)  # a copy left open would keep somebody's pipe from ending
    return n_sockets


def _is_set_to_send_at_once(number: int) -> bool:
    """Set the option where the open file is a listening socket; whether it is one."""
    found = socket.socket(fileno=number)
    try:
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        if not listens or found.family not in (socket.AF_INET, socket.AF_INET6):
            return False
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return True
    finally:
        found.detach()
