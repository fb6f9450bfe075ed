"""Removing a result: what goes with it, what keeps it from going, and the removal itself."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from aecore.claims import is_live
from aecore.errors import RemovalError, StoreError
from aecore.files import discard, names_in, remove_folder
from aecore.jobs.askers import asked_for
from aecore.jobs.owners import SESSION_PATTERN, SESSIONS, listed
from aecore.jobs.quota import Item, items_of
from aecore.sentence import Sentence
from aecore.specs.registry import SPECS
from aecore.store import Store

_HINT = Sentence("Stop that job, or wait until it has ended.")


@dataclass(frozen=True)
class Removal:
    """What is going to be removed.

    Parameters
    ----------
    key
        What was asked for.
    keys
        All artifacts that go, those that stand on others first; empty where it only leaves a
        person's list, because another has it too.
    uploads
        Ids of uploads that nothing needs afterwards.
    n_bytes
        What becomes free.
    n_lists
        Sessions that have it on their list.
    """

    key: str
    keys: tuple[str, ...]
    uploads: tuple[str, ...]
    n_bytes: int
    n_lists: int

    @property
    def leaves_the_list_only(self) -> bool:
        """Whether it stays for others."""
        return not self.keys

    @property
    def n_runs(self) -> int:
        """Runs that go, without the one that was asked for."""
        return sum(key.startswith("run-") for key in self.keys if key != self.key)

    @property
    def n_results(self) -> int:
        """Maps, codes, scores, cleaned photographs that go, without the one that was asked for."""
        return len(self.keys) - 1 - self.n_runs if self.keys else 0


def remove_unused_upload(store: Store, upload: str) -> bool:
    """Remove an upload at once, unless data is made of it; whether it went.

    For what was sent and then not brought in: else it would stay until room is needed.
    """
    if any(upload in item.needs for item in items_of(store).values()):
        return False
    return remove_folder(store.uploads / upload, store.grave())


def removal_of(store: Store, key: str, by: str | None = None) -> Removal:
    """What removing a result takes with it: all that is computed from it, and what only it needed.

    Parameters
    ----------
    by
        The session that asks; None: whoever has the store, on the command line.

    Raises
    ------
    ArtifactMissingError, SpecError
        If there is no such thing.
    RemovalError
        If it is not on the session's list; if a job that runs or waits, or a run of another
        person, needs it; if somebody else has pinned something of it.
    """
    store.artifact(key)
    items, lists = items_of(store), listed(store)
    keys = _standing_on(key, items)
    have_it = lists.get(key, set())
    if by is not None:
        if by not in have_it:
            raise RemovalError(
                "This is not yours to remove.",
                "Only the person who imported or trained it can remove it.",
            )
        if have_it - {by}:
            return Removal(key, (), (), 0, len(have_it))
        _check_others(store, keys, by, lists)
    for name in keys:
        if is_live(store, name) or asked_for(store, name).n_askers:
            raise RemovalError(
                Sentence("A job that runs or waits needs it: {title}.", title=_title(store, name)),
                _HINT,
            )
    alone = _needed_by_these_alone(keys, items, lists)
    gone = (*keys, *(name for name in alone if "-" in name))
    uploads = tuple(name for name in alone if "-" not in name)
    n_bytes = sum(items[name].n_bytes for name in (*gone, *uploads) if name in items)
    return Removal(key, gone, uploads, n_bytes, len(have_it))


def remove(store: Store, found: Removal, by: str | None = None) -> None:
    """Remove what `removal_of` found; what is asked for meanwhile keeps the rest from going.

    Raises
    ------
    RemovalError, StoreError
    """
    if found.leaves_the_list_only and by is not None:
        discard(store.root / SESSIONS / by / found.key)
        return
    for key in found.keys:
        if is_live(store, key) or asked_for(store, key).n_askers:
            raise RemovalError(
                Sentence("A job has just begun that needs it: {title}.", title=_title(store, key)),
                _HINT,
            )
        store.remove(key)
    for upload in found.uploads:
        remove_folder(store.uploads / upload, store.grave())
    for session in names_in(store.root / SESSIONS):
        if SESSION_PATTERN.match(session):
            for key in found.keys:
                discard(store.root / SESSIONS / session / key)


def _standing_on(key: str, items: Mapping[str, Item]) -> tuple[str, ...]:
    """The key and all that is computed from it, at any depth: what stands on others first."""
    users: dict[str, list[str]] = {}
    for name, item in items.items():
        for needed in item.needs:
            users.setdefault(needed, []).append(name)
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in found:
            for user in users.get(name, ()):
                visit(user)
            found[name] = None

    visit(key)
    return tuple(found)


def _check_others(
    store: Store, keys: tuple[str, ...], by: str, lists: Mapping[str, set[str]]
) -> None:
    """Raise where somebody else's run, or pin, is among what would go."""
    for name in keys:
        who = lists.get(name, set())
        if name.startswith("run-") and who != {by}:
            raise RemovalError(
                "A run of another person needs it: {title}.",
                "It can be removed after that run.",
                title=_title(store, name),
            )
        if store.pinned_by(name) - {by}:
            raise RemovalError(
                "Someone else has pinned {title}, which needs it.",
                "It can be removed after that is unpinned.",
                title=_title(store, name),
            )


def _needed_by_these_alone(
    keys: tuple[str, ...], items: Mapping[str, Item], lists: Mapping[str, set[str]]
) -> list[str]:
    """Uploads, and masks of photographs, that nothing else needs and nobody lists."""
    n_users = Counter(needed for item in items.values() for needed in item.needs)
    n_gone = Counter(needed for name in keys if name in items for needed in items[name].needs)
    return [
        name
        for name, n in n_gone.items()
        if name in items
        and name not in keys
        and n == n_users[name]
        and ("-" not in name or (name.startswith("photo-") and name not in lists))
    ]


def _title(store: Store, key: str) -> str:
    """What a person calls it: its title, else what kind of result it is."""
    with contextlib.suppress(StoreError, OSError):
        if title := store.artifact(key).about.get("title"):
            return title if isinstance(title, Sentence) else Sentence(str(title))
    spec = SPECS.get(key.partition("-")[0])
    return spec.noun if spec is not None and spec.noun else key
