"""Requests to an ASGI app, without a server: what goes in, what comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    """What an app answered; the status of a websocket is 101, or the code it was closed with."""

    status: int
    headers: Headers
    text: str = ""


def ask(
    app: ASGIApp,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    scheme: str = "http",
    body: bytes = b"",
) -> Answer:
    """Send one request, or with scheme "ws" connect a websocket."""
    scope: dict[str, Any] = {
        "type": "websocket" if scheme == "ws" else "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "scheme": scheme,
        "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
    }
    sent: list[Message] = []
    coming: list[Message] = [{"type": "websocket.disconnect", "code": 1000}]
    coming[:0] = [{"type": "websocket.connect"}] if scheme == "ws" else []
    if scheme != "ws":
        coming[:0] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        await app(scope, receive, send)

    with ThreadPoolExecutor(1) as thread:  # the main one may run a loop of Playwright's
        thread.submit(asyncio.run, run()).result()
    first = sent[0]
    if scheme == "ws":
        return Answer(101 if first["type"] == "websocket.accept" else first["code"], Headers())
    text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    return Answer(first["status"], Headers(raw=first["headers"]), text)
