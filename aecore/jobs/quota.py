"""Room for results: what is removed when the store is over its quota, and what never is."""

from __future__ import annotations

import contextlib
import heapq
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aecore.claims import is_live
from aecore.errors import AecoreError, ArtifactMissingError
from aecore.files import folder_bytes, names_in, remove_folder
from aecore.jobs.askers import asked_for
from aecore.specs import DataSpec, Spec
from aecore.store import Artifact, Store

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
class _Item:
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


def make_room(store: Store, keep: frozenset[str] = frozenset()) -> list[str]:
    """Remove artifacts and uploads, the least recently used first, until the quota holds.

    What anything that is kept here is computed from stays as long as that does. So do pinned
    ones, those in `keep`, what is being computed or asked for, and what was used just now; and
    with them, at any depth, what they are computed from. An upload that no data names any more
    goes, whether there is room or not.

    Returns
    -------
    list of str
        Keys and ids of what was removed. What the system refuses to remove, because it is open,
        stays, and the next one goes instead.
    """
    items = _items(store)
    n_users = Counter(name for item in items.values() for name in item.needs)
    total = sum(item.n_bytes for item in items.values())
    free = [(item.used, name) for name, item in items.items() if not n_users[name]]
    heapq.heapify(free)
    removed: list[str] = []
    while free:
        item = items[heapq.heappop(free)[1]]
        is_litter = item.path.parent == store.uploads
        if not is_litter and total <= store.quota_bytes:
            continue
        if item.name in keep or _is_wanted(store, item):
            continue
        if not remove_folder(item.path, store.grave()):
            continue
        removed.append(item.name)
        total -= item.n_bytes
        for name in item.needs:
            n_users[name] -= 1
            if not n_users[name] and name in items:
                heapq.heappush(free, (items[name].used, name))
    return removed


def _is_wanted(store: Store, item: _Item) -> bool:
    """Whether an item must stay for its own sake; asked at the last moment."""
    if item.path.parent == store.uploads:
        return store.now() - item.used < UPLOAD_S
    return (
        store.now() - _used(item.path / "spec.json") < FRESH_S
        or (item.path / "pinned").exists()
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


def _items(store: Store) -> dict[str, _Item]:
    """All artifacts and uploads."""
    known = _known(store)
    found: dict[str, dict[str, Any]] = {}
    items: dict[str, _Item] = {}

    def add(path: Path, used: float, changed: int) -> None:
        about = known.get(path.name)
        if about is None or about["needs"] is None:
            needs = _needs(Artifact(path)) if path.parent == store.artifacts else []
            about = {"changed": None, **(about or {}), "needs": needs}
        if about["changed"] != changed:
            about = {**about, "changed": changed, "n_bytes": folder_bytes(path)}
        found[path.name] = about
        items[path.name] = _Item(
            path.name, path, used, about["n_bytes"], tuple(about["needs"] or ())
        )

    for key in store.keys():  # noqa: SIM118 - a store is no mapping
        path = store.artifacts / key
        add(path, _used(path / "spec.json"), _changed(path / "state.json"))
    for upload in names_in(store.uploads):
        path = store.uploads / upload
        if _UPLOAD.fullmatch(upload) and path.is_dir():
            add(path, _used(path), _changed(path))
    if found != known:
        with contextlib.suppress(AecoreError):  # they are measured again next time
            Artifact(store.root).write_json(SIZES, found)
    return items


def _known(store: Store) -> dict[str, Any]:
    try:
        found = Artifact(store.root).read_json(SIZES)
    except (ArtifactMissingError, OSError, ValueError):
        return {}
    entries = found.items() if isinstance(found, dict) else ()
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
