"""The key of a class server: whoever has it may stop any job. It lives as long as the server."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass

from aecore.errors import AecoreError

_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _A_GROUP = 3, 4
LONGEST_WAIT_S = 60.0
"""After wrong keys a session waits 1, 2, 4, ... and at most so many seconds."""
_N_REMEMBERED = 10_000


@dataclass
class _Tries:
    n_wrong: int = 0
    next_at: float = 0.0


_lock = threading.Lock()
_key: list[bytes] = []
_teachers: set[str] = set()
_tries: dict[str, _Tries] = {}


def new_key() -> str:
    """Make this server's key, in place of any before; 59 bits, to be read out and typed."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_A_GROUP)) for _ in range(_GROUPS))
    key = "-".join(groups)
    with _lock:
        _key[:] = [_hashed(key)]
        _teachers.clear()
        _tries.clear()
    return key


def has_key() -> bool:
    """Whether this server has one: a class server has."""
    return bool(_key)


def is_teacher(session_id: str) -> bool:
    """Whether this session has entered the key."""
    return session_id in _teachers


def enter(session_id: str, text: str) -> None:
    """Take a session for the teacher's.

    Raises
    ------
    AecoreError
        If that is not the key, or the session has tried too often just now.
    """
    with _lock:
        now = time.monotonic()
        tries = _tries.setdefault(session_id, _Tries())
        if now < tries.next_at:
            raise AecoreError(
                "This is too soon after a wrong key.",
                "Try again in {next_at:.0f} s.",
                next_at=tries.next_at - now,
            )
        if not _key or not hmac.compare_digest(_hashed(text), _key[0]):
            tries.next_at = now + min(LONGEST_WAIT_S, 2.0**tries.n_wrong)
            tries.n_wrong += 1
            while len(_tries) > _N_REMEMBERED:
                _tries.pop(next(iter(_tries)))
            raise AecoreError(
                "This is not the teacher's key.",
                "It is printed in the terminal in which the server was started.",
            )
        _teachers.add(session_id)
        _tries.pop(session_id, None)


def _hashed(text: str) -> bytes:
    """Of equal length whatever was typed; case, spaces and dashes do not count."""
    typed = "".join(sign for sign in text.lower() if sign.isalnum())
    return hashlib.sha256(typed.encode()).digest()
