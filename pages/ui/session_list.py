"""What a session has asked for: keys, each an empty file in a folder of the session's own.

One file a key, so that two servers of one store, or two tabs, cannot lose each other's entries.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from pathlib import Path

from aecore.errors import SpecError
from aecore.files import make_private, store_error_from
from aecore.jobs.owners import SESSION_PATTERN, SESSIONS
from aecore.specs.base import check_key
from aecore.store import Store

N_KEPT = 500
"""Of each kind."""


def new_session() -> str:
    """A random id that cannot be guessed: whoever has it sees the session's list."""
    return secrets.token_hex(12)


def check_session(session: str) -> str:
    """The id itself, if it is one; it becomes a folder's name.

    Raises
    ------
    SpecError
    """
    if not SESSION_PATTERN.match(session):
        raise SpecError(
            "This is not the id of a session.", "Open the app without it to start again."
        )
    return session


def keys_of(store: Store, session: str, kind: str | None = None) -> list[str]:
    """Keys (of one kind) this session asked for and that are still kept, newest first."""
    return [
        key
        for key in _entries(_folder(store, session))
        if (kind is None or key.startswith(f"{kind}-")) and key in store
    ]


def remember(store: Store, session: str, key: str) -> None:
    """Put a key first on the session's list.

    Raises
    ------
    StoreError
    """
    check_key(key)
    folder = _folder(store, session)
    try:
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        known = _entries(folder)
        newest = max(known.values(), default=0)
        (folder / key).touch()
        now = max(time.time_ns(), newest + 1_000)  # two within one tick of the clock keep order
        os.utime(folder / key, ns=(now, now))
        kind = key.partition("-")[0]
        alike = [name for name in known if name != key and name.startswith(f"{kind}-")]
        for old in alike[N_KEPT - 1 :]:
            (folder / old).unlink(missing_ok=True)
    except OSError as problem:
        raise store_error_from(problem) from problem


def has(store: Store, session: str, key: str) -> bool:
    """Whether a key is on the session's list, and so this person's to remove or pin."""
    return (_folder(store, session) / check_key(key)).exists()


def _folder(store: Store, session: str) -> Path:
    return store.root / SESSIONS / check_session(session)


def _entries(folder: Path) -> dict[str, int]:
    """Keys and when each was last asked for (ns since 1970), newest first."""
    found = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError, SpecError):  # gone by now, or not ours
                found.append((entry.stat().st_mtime_ns, check_key(entry.name)))
    return {key: when for when, key in sorted(found, reverse=True)}
