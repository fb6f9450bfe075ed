"""The engine of this process for each store: made when it is first asked for, closed at its end."""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path

from aecore.errors import JobError
from aecore.jobs.engine import Engine
from aecore.jobs.protocol import JobEngine
from aecore.store import Store

_engines: dict[Path, JobEngine] = {}
_engines_lock = threading.Lock()


def engine(store: Store | None = None) -> JobEngine:
    """The engine of this process for a store (the default one where None).

    `AECORE_SPARES` sets how many workers wait with torch loaded (default 1; 0 for small hosts);
    with any, one for looking waits as well.
    """
    store = store or Store()
    root = store.root.resolve()
    with _engines_lock:
        if root not in _engines:
            try:
                spares = max(0, int(os.environ.get("AECORE_SPARES", "1")))
            except ValueError as problem:
                raise JobError(
                    "AECORE_SPARES must be a whole number.", "Set it to 0 or 1."
                ) from problem
            made = Engine(store, spares=spares, looks=min(1, spares))
            atexit.register(made.close, 0.0)
            _engines[root] = made
        return _engines[root]


def close_engines() -> None:
    """Close every engine of this process, and with them their workers."""
    with _engines_lock:
        engines = list(_engines.values())
        _engines.clear()
    for made in engines:
        made.close()
