"""Who asks for what: kept in the store, so that every process sees it and knows when to stop."""

from __future__ import annotations

import contextlib
import math
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aecore.artifact import Artifact
from aecore.claims import claim, forget, is_live
from aecore.errors import ArtifactMissingError, StoreError
from aecore.files import discard, names_in
from aecore.specs.base import KEY_PATTERN, check_key
from aecore.store import Store

ASKED = "asked"
"""The folder of wishes in a store; one folder for each key that is asked for."""
ASKER = "asker-"
"""How the claims of processes that ask begin."""
ALIVE_S = 8.0
"""A process that was silent for so long counts as dead, and what it queued as interrupted."""
COMMAND_LINE = "command line"
"""Who asks where no session does: a command, or a program that uses the library."""


def ask_to_stop(store: Store, key: str) -> None:
    """Ask whoever computes the artifact, in whichever process, to stop and keep what there is."""
    with contextlib.suppress(OSError):
        _stop_file(store, key).touch()


def stop_is_asked(store: Store, key: str) -> bool:
    """Whether somebody asked for a stop that nobody has answered yet."""
    return _stop_file(store, key).exists()


def forget_stop(store: Store, key: str) -> None:
    """Take back, or answer, the wish that the work stops."""
    with contextlib.suppress(OSError):
        _stop_file(store, key).unlink(missing_ok=True)


def _stop_file(store: Store, key: str) -> Path:
    return store.artifacts / check_key(key) / "stop"


@dataclass(frozen=True)
class Asked:
    """Who asks for an artifact, over all processes.

    Parameters
    ----------
    n_askers
        Sessions that ask through a process that lives.
    since
        When the first of them asked, seconds since 1970; 0 where there is none.
    left_behind
        When somebody last asked through a process that has died since; 0 where nobody did.
    names
        Ids of those sessions.
    """

    n_askers: int
    since: float
    left_behind: float
    names: frozenset[str] = frozenset()


def asked_for(store: Store, key: str) -> Asked:
    """Who asks for an artifact."""
    n_askers, since, left_behind = 0, 0.0, 0.0
    names: set[str] = set()
    folder = _folder(store, key)
    for process in _processes(folder):
        with contextlib.suppress(ArtifactMissingError):  # it has just taken the wish back
            requests = folder.read_json(f"{process}.json")
            if is_live(store, _claim_name(process)):
                n_askers += len(requests["askers"])
                names.update(requests["askers"])
                since = min(since or requests["since"], requests["since"])
            else:
                left_behind = max(left_behind, requests["since"])
    return Asked(n_askers, since, left_behind, frozenset(names))


def keys_asked_for(store: Store) -> list[str]:
    """Keys that somebody asks for, or asked for not long ago."""
    return [key for key in names_in(store.root / ASKED) if KEY_PATTERN.match(key)]


def take_back_all(store: Store, key: str) -> None:
    """Take everybody's wish for an artifact back, in whichever process they asked.

    What is left is an empty file, by which the engine that holds the wish knows of it. (One that is
    gone may be of a process that was silent for a while, and taken for dead.)

    Raises
    ------
    StoreError
    """
    folder = _folder(store, key)
    for process in _processes(folder):
        folder.write_bytes(f"{process}.json", b"")


def forget_the_dead(store: Store, key: str, since: float = math.inf) -> None:
    """Clear away what dead processes asked for before a time, seconds since 1970."""
    folder = _folder(store, key)
    for process in _processes(folder):
        if not is_live(store, _claim_name(process)):
            asked = 0.0
            with contextlib.suppress(ArtifactMissingError):  # it was taken back
                asked = folder.read_json(f"{process}.json")["since"]
            if asked < since:
                discard(folder.path / f"{process}.json")


class Askers:
    """The wishes of one process; they count for as long as it renews its claim.

    It is claimed with the first wish: who only looks needs no disk that can be written.

    Examples
    --------
    >>> import tempfile
    >>> store, key = Store(tempfile.mkdtemp()), "data-" + 24 * "0"
    >>> askers = Askers(store)
    >>> askers.set(key, {"Ann", "Bo"})
    >>> asked_for(store, key).n_askers
    2
    >>> askers.close()
    >>> asked_for(store, key).left_behind > 0
    True
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.id = secrets.token_hex(8)
        self._held = contextlib.ExitStack()
        self._is_claimed = False

    def _claim(self) -> None:
        if self._is_claimed:
            return
        held = claim(self.store, _claim_name(self.id), ttl_s=ALIVE_S)
        if held is None:
            raise StoreError("The store gave a random name twice.", "Try again.")
        self._held.enter_context(held.keep())
        self._is_claimed = True

    def set(self, key: str, askers: Iterable[str]) -> None:
        """Say who asks for the artifact through this process; nobody: the wish is taken back.

        Raises
        ------
        StoreFullError
        """
        names = sorted(askers)
        folder = _folder(self.store, key)
        mine = f"{self.id}.json"
        if not names:
            discard(folder.path / mine)
            return
        self._claim()
        try:
            since = folder.read_json(mine)["since"]
        except ArtifactMissingError:
            since = time.time()
        folder.write_json(mine, {"askers": names, "since": since})

    def restart(self, key: str, askers: Iterable[str]) -> float:
        """Ask anew, as of now: what ended before was not the answer; when that is."""
        self._claim()
        since = time.time()
        wish = {"askers": sorted(askers), "since": since}
        _folder(self.store, key).write_json(f"{self.id}.json", wish)
        return since

    def is_taken_back(self, key: str) -> bool:
        """Whether somebody took everybody's wish back."""
        with contextlib.suppress(OSError):
            return (_folder(self.store, key).path / f"{self.id}.json").stat().st_size == 0
        return False

    def close(self) -> None:
        """End: what is still asked for is left behind, to be seen as interrupted."""
        self._held.close()
        if self._is_claimed:
            forget(self.store, _claim_name(self.id))


def _folder(store: Store, key: str) -> Artifact:
    """Where wishes for a key are: small files, `PROCESS.json`, written as those of an artifact."""
    return Artifact(store.root / ASKED / check_key(key))


def _processes(folder: Artifact) -> list[str]:
    """Ids of the processes that ask, or have asked, for a key."""
    return [name[:-5] for name in names_in(folder.path) if re.fullmatch(r"[0-9a-f]+\.json", name)]


def _claim_name(process: str) -> str:
    return f"{ASKER}{process}"
