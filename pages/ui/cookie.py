"""Who is asking: an id that this server signed, kept by the browser in a cookie."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aecore.launch import embedding_origins
from aecore.store import default_root
from pages.ui import session_list

KEY_FILE = "session.key"
_N_KEY_BYTES = 32
_KEPT_S = 180 * 24 * 3600
_SIGNED = re.compile(r"([0-9a-f]{24})\.([0-9a-f]{64})\Z")


class SessionCookie:
    """ASGI middleware that gives each page that is asked for a cookie with the session's id.

    An id that this server signed is given back as it is, for another 180 days; without one, or
    with one that was made up, the browser gets a new id. The cookie stands before the page's
    websocket opens, and the browser sends it along there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        session = session_of(HTTPConnection(scope).cookies) or session_list.new_session()

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_page = headers.get("content-type", "").startswith("text/html")
                if is_page or message["status"] == 304:
                    headers.append("set-cookie", _header(session, scope["scheme"] == "https"))
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def session_of(cookies: Mapping[str, str]) -> str | None:
    """The id in the cookies of a request, None where there is none that this server signed."""
    found = _SIGNED.match(cookies.get(name(), ""))
    if found is None or not hmac.compare_digest(found[2], _signature(found[1])):
        return None
    return found[1]


def name() -> str:
    """The cookie's name; it tells stores apart, since a browser does not tell ports apart."""
    return f"latent-lab-{hashlib.sha256(_key(default_root())).hexdigest()[:12]}"


def signed(session: str) -> str:
    """The cookie's value for a session: its id and a signature."""
    return f"{session}.{_signature(session)}"


def _signature(session: str) -> str:
    return hmac.new(_key(default_root()), f"session {session}".encode(), "sha256").hexdigest()


def _header(session: str, is_secure: bool) -> str:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    response = Response()
    response.set_cookie(
        name(),
        signed(session),
        max_age=_KEPT_S,
        path=f"/{base}",
        secure=is_secure,
        httponly=True,
        # in a frame on another site's page a browser sends no other
        samesite="none" if is_secure and embedding_origins() else "lax",
    )
    return response.headers["set-cookie"]


@lru_cache(maxsize=4)
def _key(root: Path) -> bytes:
    """The key that signs, made once a store; where it cannot be kept, one of this process."""
    file = root / KEY_FILE
    with contextlib.suppress(OSError):
        if not _is_key(file):
            _make_key(file)
        if _is_key(file):
            return file.read_bytes()
    return secrets.token_bytes(_N_KEY_BYTES)


def _is_key(file: Path) -> bool:
    # An empty file, as a power cut may leave it, would be a key that anyone can guess.
    return file.exists() and file.stat().st_size == _N_KEY_BYTES


def _make_key(file: Path) -> None:
    """Write a new key that the owner alone may read; of two servers at once the first one's."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.exists():
        file.unlink()
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as to:
            to.write(secrets.token_bytes(_N_KEY_BYTES))
            to.flush()
            os.fsync(to.fileno())
        try:
            os.link(temporary, file)  # unlike a rename, it refuses where the file is there
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
