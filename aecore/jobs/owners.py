"""Whose a result is: the sessions that have it on their list, and those that ask for it now."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping

from aecore.artifact import Artifact
from aecore.errors import StoreError
from aecore.files import names_in
from aecore.jobs.askers import ASKED
from aecore.specs.base import KEY_PATTERN
from aecore.store import Store

SESSIONS = "sessions"
"""The folder of lists in a store: one folder a session, in it one empty file a key."""
SESSION_PATTERN = re.compile(r"[0-9a-f]{24}\Z")


def listed(store: Store) -> dict[str, set[str]]:
    """Sessions that have a key on their list, by key; a key on no list is missing."""
    owners: dict[str, set[str]] = {}
    for session in names_in(store.root / SESSIONS):
        if SESSION_PATTERN.match(session):
            for key in names_in(store.root / SESSIONS / session):
                if KEY_PATTERN.match(key):
                    owners.setdefault(key, set()).add(session)
    return owners


def inherited(
    names: Iterable[str], needs: Mapping[str, Iterable[str]], own: Mapping[str, set[str]]
) -> dict[str, set[str]]:
    """Owners of each name: those that list it; of what nobody lists, those of what it needs.

    Parameters
    ----------
    needs
        Names of what each name is computed from, without circles.

    Examples
    --------
    >>> inherited(["map"], {"map": ["run"], "run": ["data"]}, {"run": {"Ann"}, "data": {"Bo"}})
    {'map': {'Ann'}}
    """
    known: dict[str, set[str]] = {}

    def owners(name: str) -> set[str]:
        if name not in known:
            known[name] = set(own.get(name, ()))
            if not known[name]:
                known[name] = {who for needed in needs.get(name, ()) for who in owners(needed)}
        return known[name]

    return {name: owners(name) for name in names}


def askers_of(store: Store, key: str) -> frozenset[str]:
    """Sessions that ask for a key now, through whichever process."""
    folder = Artifact(store.root / ASKED / key)
    askers: set[str] = set()
    for name in names_in(folder.path):
        if name.endswith(".json"):
            with contextlib.suppress(StoreError, OSError, KeyError, TypeError):
                askers.update(folder.read_json(name)["askers"])
    return frozenset(askers)
