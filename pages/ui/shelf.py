"""What a session has asked for: a list of keys, kept in the store under the session's id."""

from __future__ import annotations

import json
import re
import secrets
import threading
from pathlib import Path

from aecore.errors import SpecError
from aecore.specs import check_key
from aecore.store import Store, told

SESSION_PATTERN = re.compile(r"[0-9a-f]{24}\Z")
N_KEPT = 500

_lock = threading.Lock()


def new_session() -> str:
    """A random id that cannot be guessed: whoever has it sees the session's list."""
    return secrets.token_hex(12)


def check_session(session: str) -> str:
    """The id itself, if it is one; it becomes a file name.

    Raises
    ------
    SpecError
    """
    if not SESSION_PATTERN.match(session):
        raise SpecError("This is no id of a session.", "Open the app without it to start anew.")
    return session


def keys_of(store: Store, session: str, kind: str | None = None) -> list[str]:
    """Keys (of one kind) this session asked for and that are still kept, newest first."""
    return [
        key
        for key in _read(_file(store, session))
        if (kind is None or key.startswith(f"{kind}-")) and key in store
    ]


def remember(store: Store, session: str, key: str) -> None:
    """Put a key first on the session's list."""
    check_key(key)
    file = _file(store, session)
    with _lock:
        _write(file, [key, *(old for old in _read(file) if old != key)][:N_KEPT])


def _file(store: Store, session: str) -> Path:
    return store.root / "sessions" / f"{check_session(session)}.json"


def _read(file: Path) -> list[str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return []
    keys = []
    for key in found if isinstance(found, list) else []:
        try:
            keys.append(check_key(key))
        except SpecError:
            continue
    return keys


def _write(file: Path, keys: list[str]) -> None:
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(keys), encoding="utf-8")
        temporary.replace(file)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        raise told(problem) from problem
