"""The store and the job engine of this process: one of each, shared by all sessions.

Plain modules keep them, not Streamlit's caches, which any client can clear.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from aecore.store import Store, default_root

if TYPE_CHECKING:
    from aecore.jobs.protocol import JobEngine


def store() -> Store:
    """Where everything is kept (`AECORE_STORE`)."""
    return _store(default_root())


@lru_cache(maxsize=4)
def _store(root: Path) -> Store:
    return Store(root)


def engine() -> JobEngine:
    """What runs jobs outside this process; its first worker starts on the first call."""
    from aecore.jobs.engines import engine as engine_of

    return engine_of(store())
