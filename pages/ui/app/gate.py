"""Who may knock: visits under a foreign name or from a foreign page are refused at the door."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import net_util

from aecore.launch import HOSTS, named_hosts

_FOREIGN_HOST = (
    "This server does not answer under this name. Whoever runs it can allow a name in the "
    f"setting {HOSTS}.\n"
)
_FOREIGN_PAGE = "This request comes from a page of another site.\n"
_POLICY_VIOLATION = 1008


class Gate:
    """ASGI middleware that refuses foreign hosts and origins, without looking anything up.

    A name that is not this machine's may be one that a foreign page lets point here ("DNS
    rebinding"); an IP address cannot be. A page of another site shall neither steer the app nor
    cost it anything.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        problem = refusal(headers.get("host"), headers.get("origin"))
        if problem is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(problem, 403)(scope, receive, send)
        else:
            await receive()  # that it connects
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})


def refusal(host: str | None, origin: str | None) -> str | None:
    """Why a request with these headers is not answered, in a sentence; None where it is.

    Parameters
    ----------
    host
        Under which name (and port) the server is asked; no browser leaves it out.
    origin
        Of the page that asks, as `https://lab.school.example`; None where no page does.
    """
    if host is not None and not _is_host_allowed(_name_in(host)):
        return _FOREIGN_HOST
    if origin is None:
        return None
    asking = urlsplit(origin).netloc.lower() if "//" in origin else ""
    if host is not None and asking == host.lower():
        return None
    return None if _is_named(_name_in(asking)) else _FOREIGN_PAGE


def ask_no_one_outside() -> None:
    """Let Streamlit not ask checkip.amazonaws.com for this machine's address.

    It does so as it starts, and, blocking every session, for each origin that it does not know.
    """
    net_util.get_external_ip = lambda: None


def is_public() -> bool:
    """Whether the server listens to other machines too (`aecore app --classroom`)."""
    address = str(st.get_option("server.address") or "")
    if address.startswith("unix:"):
        return False
    try:
        return not ipaddress.ip_address(address or "0.0.0.0").is_loopback
    except ValueError:
        return not _is_local(address)


def _name_in(netloc: str) -> str:
    """The host of `host:port`, in lower case; "" for what is none."""
    try:
        found = urlsplit(f"//{netloc}")
        _ = found.port  # raises where it is no number
        plain = found.username is None and not (found.path or found.query or found.fragment)
        return (found.hostname or "").rstrip(".") if plain else ""
    except ValueError:
        return ""


def _is_host_allowed(name: str) -> bool:
    if not name:
        return False
    if _is_local(name) or _is_named(name):
        return True
    if not is_public():
        return False
    machine = socket.gethostname().lower()
    own = {machine, f"{machine}.local", str(st.get_option("server.address") or "").lower()}
    return name in own or _address(name) is not None


def _is_local(name: str) -> bool:
    address = _address(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _is_named(name: str) -> bool:
    """Whether the setting names it."""
    for pattern in named_hosts():
        if pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:])):
            return bool(name)
    return False
