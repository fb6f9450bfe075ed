"""What is pinned stays whatever the quota says; how much of a store pins may hold."""

from __future__ import annotations

from aecore.errors import StoreFullError
from aecore.jobs.quota import Item, items_of
from aecore.store import PINNED, Store

SHARE_OF_ALL = 0.5
"""Of the quota, what pins of all may keep: the rest is for what is computed next."""
SHARE_IN_A_CLASS = 0.01
"""Of the quota, what one person of a class may keep."""


def pin(store: Store, key: str, *, by: str = "", share: float = SHARE_OF_ALL) -> None:
    """Pin a result: it and what it is computed from are not removed to make room.

    Parameters
    ----------
    by
        Who pins.
    share
        Of the quota, what this person may keep so; sets that everybody can bring in again are
        not counted.

    Raises
    ------
    StoreFullError
        If that is more than the share, or all pins together keep more than half of the quota.
    ArtifactMissingError, StoreError
    """
    store.artifact(key)
    items = items_of(store)
    pinned = {name: store.pinned_by(name) for name in items if (items[name].path / PINNED).exists()}
    mine = _kept(items, {key, *(name for name, who in pinned.items() if by in who)})
    own = sum(items[name].n_bytes for name in mine if not _is_public(name, items))
    most = share * store.quota_bytes
    if own > most:
        raise StoreFullError(
            "What you have pinned would take {megabytes:,.0f} MB; up to {most:,.0f} MB may "
            "be pinned by one person.",
            "Unpin something else first.",
            megabytes=own / 1e6,
            most=most / 1e6,
        )
    total = sum(items[name].n_bytes for name in _kept(items, {key, *pinned}))
    if total > SHARE_OF_ALL * store.quota_bytes:
        raise StoreFullError(
            "Pinned results would take more than half of the store.",
            "Unpin something else first, or raise AECORE_QUOTA_GB.",
        )
    store.pin(key, by=by)


def unpin(store: Store, key: str, *, by: str = "") -> None:
    """Pin it no longer; it stays pinned where somebody else has done so.

    Raises
    ------
    ArtifactMissingError, StoreError
    """
    store.pin(key, False, by=by)


def _kept(items: dict[str, Item], names: set[str]) -> set[str]:
    """These and all that they are computed from."""
    found: set[str] = set()
    waiting = [name for name in names if name in items]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [needed for needed in items[name].needs if needed in items]
    return found


def _is_public(name: str, items: dict[str, Item]) -> bool:
    """Whether it is a set that ships or is downloaded: data that needs no upload."""
    return name.startswith("data-") and not items[name].needs
