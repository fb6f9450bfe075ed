"""Room for results: what is removed when the store is over its quota, and what never is."""

from __future__ import annotations

import contextlib
import heapq
import re
import time
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from aecore.artifact import Artifact
from aecore.claims import is_live
from aecore.errors import AecoreError, ArtifactMissingError
from aecore.files import folder_bytes, names_in, remove_folder
from aecore.jobs.askers import asked_for
from aecore.jobs.owners import inherited, listed
from aecore.specs.base import Spec
from aecore.specs.data import DataSpec
from aecore.store import PINNED, Store

SIZES = "sizes.json"
"""A file of the store: what each folder was found to hold, so that it is measured once."""
FRESH_S = 30.0
"""What was made or used so recently stays: somebody may be about to ask for it."""
UPLOAD_S = 3600.0
"""An upload is young for so long: the data that it is for may yet be asked for."""
SILENT_S = 3600.0
"""Of a worker that was killed "running" is left behind; after so long without news it may go."""
_OF = {"changed", "n_bytes", "needs"}
"""What `SIZES` holds of each folder."""
_UPLOAD = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Item:
    """One folder that takes room.

    Parameters
    ----------
    used
        When it was last used, seconds since 1970.
    needs
        Names of the items that it is computed from.
    """

    name: str
    path: Path
    used: float
    n_bytes: int
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Room:
    """What was made of room.

    Parameters
    ----------
    removed
        Keys and ids of what was removed.
    free_bytes
        What may be written until the quota is reached, beyond what was asked for; below 0 where
        that could not be had.
    """

    removed: list[str]
    free_bytes: int


class _Turn(IntEnum):
    """In which order items go; within a turn, the least recently used first."""

    MINE, MINE_FRESH, OTHERS = range(3)


def make_room(store: Store, keep: frozenset[str] = frozenset()) -> list[str]:
    """The same as `room_for`, for nobody's sake; keys and ids of what was removed."""
    return room_for(store, keep).removed


def room_for(
    store: Store,
    keep: frozenset[str] = frozenset(),
    *,
    askers: frozenset[str] = frozenset(),
    n_bytes: int = 0,
    slack: int = 0,
) -> Room:
    """Remove artifacts and uploads, the least recently used first, until the quota holds.

    What anything that is kept here is computed from stays as long as that does. So do pinned
    ones, those in `keep`, what is being computed or asked for, and what was used just now; and
    with them, at any depth, what they are computed from. An upload that no data names any more
    goes, whether there is room or not. What the system refuses to remove, because it is open,
    stays, and the next one goes instead.

    Parameters
    ----------
    askers
        Sessions for which room is made. What is theirs, or nobody's, goes before anything of
        others, and what is theirs goes even if it was used just now.
    n_bytes
        Room for so much more.
    slack
        Where anything has to go, so many bytes more go with it, as far as they may.
    """
    items = items_of(store, keep)
    n_users = Counter(name for item in items.values() for name in item.needs)
    total = sum(item.n_bytes for item in items.values()) + n_bytes
    is_over = total > store.quota_bytes
    wanted = store.quota_bytes - (slack if is_over else 0)
    owners = owners_of(store, items) if is_over else {}
    removed: list[str] = []
    orphans: set[str] = set()
    free: list[tuple[_Turn, float, str]] = []

    def offer(name: str) -> None:
        if name in items and not n_users[name]:
            turn = _Turn.MINE if owners.get(name, set()) <= askers else _Turn.OTHERS
            heapq.heappush(free, (turn, items[name].used, name))

    for name in items:
        offer(name)
    while free:
        turn, _, name = heapq.heappop(free)
        item = items[name]
        is_upload = item.path.parent == store.uploads
        if total <= wanted and not is_upload:
            continue
        if name in keep or _must_stay(store, item):
            continue
        if is_upload:
            if name not in orphans and store.now() - item.used < UPLOAD_S:
                continue
        elif turn != _Turn.MINE_FRESH and store.now() - _used(item.path / "spec.json") < FRESH_S:
            if turn == _Turn.MINE and owners.get(name):
                heapq.heappush(free, (_Turn.MINE_FRESH, item.used, name))
            continue
        if not remove_folder(item.path, store.grave()):
            continue
        removed.append(name)
        total -= item.n_bytes
        for needed in item.needs:
            n_users[needed] -= 1
            if not n_users[needed]:
                orphans.add(needed)
                offer(needed)
    return Room(removed, store.quota_bytes - total)


def owners_of(store: Store, items: dict[str, Item]) -> dict[str, set[str]]:
    """Whose each item is; an upload is theirs whose data it is."""
    needs = {name: item.needs for name, item in items.items()}
    owners = inherited(items, needs, listed(store))
    for name, item in items.items():
        for needed in item.needs:
            if needed in items and items[needed].path.parent == store.uploads:
                owners[needed] = owners[needed] | owners[name]
    return owners


def _must_stay(store: Store, item: Item) -> bool:
    """Whether an artifact is pinned or at work; asked at the last moment."""
    return item.path.parent != store.uploads and (
        (item.path / PINNED).exists()
        or is_live(store, item.name)
        or asked_for(store, item.name).n_askers > 0
        or _is_running(Artifact(item.path))
    )


def _is_running(artifact: Artifact) -> bool:
    try:
        state = artifact.state
    except (OSError, ValueError, TypeError):
        return False
    return state.status == "running" and time.time() - state.updated < SILENT_S


def items_of(store: Store, anew: frozenset[str] = frozenset()) -> dict[str, Item]:
    """All artifacts and uploads that take room, by key or id.

    Parameters
    ----------
    anew
        Those that are measured even where nothing tells that they have changed.
    """
    known = _known(store)
    measured: dict[str, dict[str, Any]] = {}
    items: dict[str, Item] = {}

    def add(path: Path, used: float, changed: int) -> None:
        about = known.get(path.name)
        if about is None or about["needs"] is None:
            needs = _needs(Artifact(path)) if path.parent == store.artifacts else []
            about = {"changed": None, **(about or {}), "needs": needs}
        if about["changed"] != changed or path.name in anew:
            about = {**about, "changed": changed, "n_bytes": folder_bytes(path)}
        measured[path.name] = about
        items[path.name] = Item(
            path.name, path, used, about["n_bytes"], tuple(about["needs"] or ())
        )

    for key in store.keys():  # noqa: SIM118 - a store is no mapping
        path = store.artifacts / key
        add(path, _used(path / "spec.json"), _changed(path / "state.json"))
    for upload in names_in(store.uploads):
        path = store.uploads / upload
        if _UPLOAD.fullmatch(upload) and path.is_dir():
            add(path, _used(path), _changed(path))
    if measured != known:
        with contextlib.suppress(AecoreError):  # they are measured again next time
            Artifact(store.root).write_json(SIZES, measured)
    return items


def _known(store: Store) -> dict[str, Any]:
    try:
        sizes = Artifact(store.root).read_json(SIZES)
    except (ArtifactMissingError, OSError, ValueError):
        return {}
    entries = sizes.items() if isinstance(sizes, dict) else ()
    return {
        name: about for name, about in entries if isinstance(about, dict) and about.keys() >= _OF
    }


def _needs(artifact: Artifact) -> list[str] | None:
    """Names of what an artifact is computed from; None where this version cannot read its spec."""
    try:
        spec: Spec = artifact.spec
    except (AecoreError, OSError, ValueError, KeyError, TypeError):
        return None
    uploads = (spec.upload,) if isinstance(spec, DataSpec) and spec.upload else ()
    return [*spec.needs(), *uploads]


def _used(path: Path) -> float:
    """When it was last used, seconds since 1970; 0 where it is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _changed(path: Path) -> int:
    """When a file was last written, in nanoseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
