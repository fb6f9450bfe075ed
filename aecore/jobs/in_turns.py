"""A job of this process makes way for others that wait for the device, as those of an app do."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable

from aecore.artifact import Progress, State
from aecore.claims import is_live
from aecore.errors import StoreError
from aecore.jobs import share
from aecore.jobs.askers import COMMAND_LINE
from aecore.jobs.ending import forget_paused, written
from aecore.jobs.kinds import work_of
from aecore.jobs.perform import POLL_S, Watch, asking, perform
from aecore.jobs.turns import Job
from aecore.store import Store


def perform_in_turns(
    store: Store,
    key: str,
    *,
    stop: Callable[[], bool],
    watch: Watch,
    slice_s: float = share.SLICE_S,
) -> State:
    """Perform a job here, and make way whenever it has had its time and somebody else waits.

    It then begins again as soon as the device is free, and goes on where it was; see `perform`
    for what is returned and raised.

    Parameters
    ----------
    slice_s
        After how long, from its first step on, it makes way.
    """
    if not work_of(key).resumes or store.artifact(key).state.status == "done":
        return perform(store, key, stop=stop, watch=watch)
    owner = secrets.token_hex(16)
    with asking(store, key):
        while True:
            turn = _Turn(store, key, watch, slice_s)
            state = perform(
                store, key, stop=stop, watch=turn.watch, owner=owner, pause=turn.is_over
            )
            if state.status != "paused":
                return state
            _leave(store, key, stop)
            state = written(store, key)
            if state.status != "paused" and not is_live(store, key):
                return state  # somebody stopped it meanwhile


class _Turn:
    """The time that a job has until it makes way for others."""

    def __init__(self, store: Store, key: str, watch: Watch, slice_s: float) -> None:
        self._store, self._watch, self._slice_s = store, watch, slice_s
        self._job = Job(key, work_of(key).lane, time.time(), {COMMAND_LINE})
        self._looked = 0.0

    def watch(self, key: str, progress: Progress) -> None:
        """Note when the first step is done, and pass on."""
        if key == self._job.key and progress.n_done > 0 and not self._job.first_step:
            self._job.first_step = time.monotonic()
        self._watch(key, progress)

    def is_over(self) -> bool:
        """Whether somebody else should have the device now; looked at now and then."""
        now = time.monotonic()
        if not self._job.first_step or now - self._job.first_step < self._slice_s:
            return False
        if now - self._looked < share.LOOK_S:
            return False
        self._looked = now
        return share.is_device_wanted(self._store, self._job)


def _leave(store: Store, key: str, stop: Callable[[], bool]) -> None:
    """Give the device back, and who waits for it some time to take it."""
    from aecore.training.device import empty_gpu_cache

    empty_gpu_cache()
    until = time.monotonic() + share.LEAVE_S
    while time.monotonic() < until:
        if stop():
            with contextlib.suppress(StoreError):
                forget_paused(store, key)
            return
        time.sleep(POLL_S)
