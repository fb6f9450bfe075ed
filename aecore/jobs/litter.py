"""What processes that were killed leave in a store: cleared away once nobody can want it."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path

from aecore.claims import claimed, forget, is_live
from aecore.files import discard, names_in, remove_folder
from aecore.jobs.askers import ASKED, ASKER, forget_the_dead
from aecore.jobs.lifetime import end_lifetimes
from aecore.specs.base import KEY_PATTERN
from aecore.store import Store

OLD_S = 3600.0
"""What is half done and was not touched for so long was given up."""
DEAD_S = 24 * 3600.0
"""A process that was silent for so long does not wake up, and nobody misses what it asked for."""


def clear_litter(store: Store) -> None:
    """Clear away what killed processes have left.

    Folders that were being removed or copied in, artifacts without a spec, what dead processes
    asked for, and claims on artifacts that are gone; and what people brought, where its lifetime
    is over (`aecore.jobs.lifetime`).
    """
    now = store.now()
    end_lifetimes(store)
    for name in names_in(store.root):
        if name.startswith((".gone-", ".adopted-")) and _is_old(store.root / name, now):
            shutil.rmtree(store.root / name, ignore_errors=True)
        elif name.startswith(".") and name.endswith(".tmp") and _is_old(store.root / name, now):
            discard(store.root / name)
    for key in names_in(store.artifacts):
        path = store.artifacts / key
        is_empty = KEY_PATTERN.match(key) and not (path / "spec.json").exists()
        if is_empty and _is_old(path, now) and not is_live(store, key):
            remove_folder(path, store.grave())
    _clear_wishes(store, now)
    for name in claimed(store):
        if name.startswith(ASKER):
            forget(store, name, idle_s=DEAD_S)
        elif KEY_PATTERN.match(name) and name not in store:
            forget(store, name, idle_s=OLD_S)


def _clear_wishes(store: Store, now: float) -> None:
    for name in names_in(store.root / ASKED):
        path = store.root / ASKED / name
        if not KEY_PATTERN.match(name):  # written by an earlier version
            if _is_old(path, now):
                discard(path)
            continue
        forget_the_dead(store, name, since=time.time() - DEAD_S if name in store else now)
        if _is_old(path, now):
            with contextlib.suppress(OSError):
                path.rmdir()  # unless somebody asks


def _is_old(path: Path, now: float) -> bool:
    """Whether nothing about it has changed for long; not by when its content was written, which
    a copy has from what it is a copy of."""
    with contextlib.suppress(OSError):
        return now - path.stat().st_ctime > OLD_S
    return False
