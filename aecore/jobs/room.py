"""Room for what is written: the store stays under its quota while a job works, not only before."""

from __future__ import annotations

import time
from collections.abc import Sequence

from aecore.errors import StoreFullError
from aecore.files import folder_bytes
from aecore.jobs.owners import askers_of
from aecore.jobs.quota import Room, room_for
from aecore.store import Store

LOOK_S = 0.1
"""A job's own folder is measured at most so often."""
MEASURE_S = 10.0
"""What else has been written meanwhile is measured so often."""
SLACK = 100
"""Where room has to be made, one part of so many of the quota is freed beside it."""


def check_room(room: Room, store: Store) -> None:
    """Raise where the store is over its quota and nothing more may go.

    Raises
    ------
    StoreFullError
    """
    if room.free_bytes < 0:
        raise StoreFullError(
            "The store has reached its quota of {gigabytes:.3g} GB, and nothing "
            "more may be removed to make room.",
            "Remove runs or pictures that you no longer need, or unpin some. Results used in the "
            "last half minute are kept: try again later.",
            gigabytes=store.quota_bytes / 1e9,
        )


def make_room_for(store: Store, n_bytes: int, session: str = "") -> None:
    """Make room for a file that a person brings.

    Parameters
    ----------
    session
        Who brings it: what is theirs goes first.

    Raises
    ------
    StoreFullError
        If so much cannot be freed.
    """
    askers = frozenset({session} if session else ())
    check_room(room_for(store, askers=askers, n_bytes=n_bytes), store)


class JobRoom:
    """The room that one job has, looked after while it writes.

    Parameters
    ----------
    key
        Of the job's artifact.
    """

    def __init__(self, store: Store, key: str) -> None:
        self.store = store
        self.key = key
        self._keys = frozenset({key})
        self._free_bytes = 0
        self._own_bytes = 0
        self._looked = self._measured = 0.0

    def begin(self, needed: Sequence[str]) -> None:
        """Make room before anything is written.

        Parameters
        ----------
        needed
            Keys of what is brought in first, which is written as well.

        Raises
        ------
        StoreFullError
            If the store is over its quota, and nothing more may go.
        """
        self._keys = frozenset({self.key, *needed})
        self.measure()

    def measure(self, n_bytes: int = 0) -> None:
        """Make room for so many bytes more.

        Raises
        ------
        StoreFullError
            If the store is over its quota then.
        """
        room = room_for(
            self.store,
            self._keys,
            askers=askers_of(self.store, self.key),
            n_bytes=n_bytes,
            slack=self.store.quota_bytes // SLACK,  # so that not each look finds it full again
        )
        self._own_bytes = self._own()
        self._free_bytes = room.free_bytes + n_bytes
        self._looked = self._measured = time.monotonic()
        check_room(room, self.store)

    def look(self) -> None:
        """See to it that there is room after what was written just now.

        Raises
        ------
        StoreFullError
        """
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return
        self._looked = now
        grown = self._own() - self._own_bytes
        if grown > self._free_bytes / 2 or now - self._measured > MEASURE_S:
            self.measure()

    def expect(self, n_bytes: int) -> None:
        """Make room for one large file before it is written.

        Raises
        ------
        StoreFullError
        """
        if self._own() - self._own_bytes + n_bytes > self._free_bytes / 2:
            self.measure(n_bytes)

    def _own(self) -> int:
        return sum(folder_bytes(self.store.artifacts / key) for key in self._keys)
