"""How long what people bring is kept after its last use: until removed, or so many days.

A server for a class has days: pictures of pupils do not stay because nobody thought of them.
"""

from __future__ import annotations

import contextlib
import math
import os

from aecore.errors import RemovalError, StoreError
from aecore.jobs.quota import Item, items_of
from aecore.jobs.removal import removal_of, remove
from aecore.store import PINNED, Store

UPLOADS_DAYS = "AECORE_UPLOADS_DAYS"
IN_A_CLASS_DAYS = 30.0
"""Where a server is for a class and nothing is set."""
_DAY_S = 24 * 3600.0
_BROUGHT = ("photo-", "picture-")


def lifetime_days() -> float | None:
    """Days that what people bring is kept after its last use; None: until it is removed."""
    with contextlib.suppress(ValueError):
        days = float(os.environ.get(UPLOADS_DAYS, ""))
        return days if 0 < days < math.inf else None
    return None


def end_lifetimes(store: Store) -> list[str]:
    """Remove what people brought and nobody has used for so long, with all that stands on it.

    Own sets with their uploads, photographs, and pictures of one's own; each is used when anything
    that stands on it is. Pinned ones stay, and what a job needs.

    Returns
    -------
    list of str
        Keys of what was brought and is gone.
    """
    days = lifetime_days()
    if days is None:
        return []
    items = items_of(store)
    used = {name: item.used for name, item in items.items()}
    for name in reversed(_needed_first(items)):
        for needed in items[name].needs:
            if needed in used:
                used[needed] = max(used[needed], used[name])
    pinned = _kept_by_pins(items)
    gone = []
    for name, item in items.items():
        is_old = store.now() - used[name] > days * _DAY_S
        if is_old and name not in pinned and _was_brought(name, item):
            with contextlib.suppress(RemovalError, StoreError):
                remove(store, removal_of(store, name))
                gone.append(name)
    return gone


def _was_brought(name: str, item: Item) -> bool:
    """Whether it is own pictures: data of an upload, a photograph or a single picture."""
    return name.startswith(_BROUGHT) or (name.startswith("data-") and bool(item.needs))


def _needed_first(items: dict[str, Item]) -> list[str]:
    """Names, each behind those that it is computed from."""
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in items and name not in ordered:
            for needed in items[name].needs:
                visit(needed)
            ordered[name] = None

    for name in items:
        visit(name)
    return list(ordered)


def _kept_by_pins(items: dict[str, Item]) -> set[str]:
    kept: set[str] = set()
    for name in reversed(_needed_first(items)):
        if name in kept or (items[name].path / PINNED).exists():
            kept.update((name, *items[name].needs))
    return kept
