"""A folder in the store for files on their way from one process to another."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from aecore.files import store_error_from
from aecore.store import Store

_OLD_S = 3600.0


@contextlib.contextmanager
def scratch(store: Store) -> Iterator[Path]:
    """An empty folder; it goes with the block.

    Raises
    ------
    StoreError
        If the disk refuses, within the block too.
    """
    try:
        _clear_away(store)
        folder = Path(tempfile.mkdtemp(prefix=".reading-", dir=store.root))
    except OSError as problem:
        raise store_error_from(problem) from problem
    try:
        yield folder
    except OSError as problem:
        raise store_error_from(problem) from problem
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_away(store: Store) -> None:
    """Remove what a process that was killed has left."""
    for old in store.root.glob(".reading-*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > _OLD_S:
                shutil.rmtree(old, ignore_errors=True)
