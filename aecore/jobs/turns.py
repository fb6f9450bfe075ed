"""Whose turn it is, and how long until then: people take turns, in order within a person's own."""

from __future__ import annotations

import contextlib
import heapq
import math
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from aecore.artifact import Artifact
from aecore.errors import ArtifactMissingError, StoreError
from aecore.jobs.process import WorkerProcess
from aecore.specs.base import Lane
from aecore.store import Store

N_AT_ONCE: dict[Lane, int] = {"device": 1, "light": 2, "look": 1, "long": 1}
"""Jobs of a lane that run at once: one has the device; bringing data in is light."""
SERVED = "turns.json"
"""A file of the store: whose turn came when, counted up."""
_N_SERVED = 1000


@dataclass(eq=False)
class Job:
    """One key that somebody asks for in this process, until it has ended.

    `elsewhere`: a worker of another process is at it, and we wait for what comes of it.
    """

    key: str
    lane: Lane
    since: float
    """When it was asked for, or last made way for others, seconds since 1970."""
    askers: set[str] = field(default_factory=set)
    phase: Literal["queued", "running", "elsewhere"] = "queued"
    worker: WorkerProcess | None = None
    began: float = 0.0
    """When it was handed out, by `time.monotonic`."""
    before_s: float = 0.0
    """How long it ran before it made way for others."""
    first_step: float = 0.0
    """When it had done its first step since, by `time.monotonic`; 0 before."""
    not_before: float = 0.0
    """When it may be handed out again, by `time.monotonic`."""
    state_before: float = 0.0
    """When its state was last written before that."""
    is_stopping: bool = False
    is_pausing: bool = False


class Turns:
    """Who was served when, and how long jobs took.

    Parameters
    ----------
    store
        Where it is kept who was served, for other processes and later ones; None: nowhere.

    Examples
    --------
    Ann asked first and twice, but Bo's only job comes second:

    >>> jobs = [Job("a", "device", 1, {"Ann"}), Job("b", "device", 2, {"Ann"})]
    >>> jobs += [Job("c", "device", 3, {"Bo"})]
    >>> [job.key for job in Turns().order(jobs)]
    ['a', 'c', 'b']
    """

    def __init__(self, store: Store | None = None) -> None:
        self._file = None if store is None else Artifact(store.root)
        self._served = self._read()
        self._durations_s: dict[Lane, deque[float]] = {lane: deque(maxlen=20) for lane in N_AT_ONCE}

    def serve(self, job: Job) -> None:
        """Note that the askers of a job have had their turn."""
        self._served |= self._read()
        _serve(self._served, job)
        latest = sorted(self._served.items(), key=lambda entry: entry[1])[-_N_SERVED:]
        self._served = dict(latest)
        if self._file is not None:
            with contextlib.suppress(StoreError):
                self._file.write_json(SERVED, self._served)

    def took(self, job: Job) -> None:
        """Note how long a job took that is done by now."""
        self._durations_s[job.lane].append(job.before_s + time.monotonic() - job.began)

    def order(self, queued: Iterable[Job]) -> list[Job]:
        """Jobs in the order in which they will begin: the person served least recently first."""
        served = dict(self._served)

        def turn(job: Job) -> int:
            return min((served.get(asker, 0) for asker in job.askers), default=0)

        by_time = sorted(queued, key=lambda job: job.since)
        waiting = [(turn(job), index) for index, job in enumerate(by_time)]
        heapq.heapify(waiting)
        order = []
        while waiting:
            before, index = waiting[0]
            job = by_time[index]
            if (now := turn(job)) > before:  # its askers were served since
                heapq.heapreplace(waiting, (now, index))
                continue
            heapq.heappop(waiting)
            order.append(job)
            _serve(served, job)
        return order

    def wait_s(
        self,
        lane: Lane,
        n_before: int,
        running: dict[Job, float | None],
        slice_s: float = math.inf,
    ) -> float | None:
        """Seconds until a queued job begins; None where too little is known.

        Parameters
        ----------
        n_before
            Queued jobs that begin earlier.
        running
            The lane's running jobs, each with the seconds it expects to go on, if it knows.
        slice_s
            A job that has run for so long makes way.
        """
        n_at_once = N_AT_ONCE[lane]
        past = self._durations_s[lane]
        mean_s = sum(past) / len(past) if past else None
        left_s: list[float] = []
        for job, eta_s in running.items():
            passed_s = time.monotonic() - job.began
            if eta_s is not None:
                left_s.append(min(eta_s, max(0.0, slice_s - passed_s)))
                mean_s = passed_s + eta_s if mean_s is None else mean_s
            elif mean_s is not None:
                left_s.append(max(0.0, min(mean_s, slice_s) - passed_s))
            else:
                return None
        if n_before and mean_s is None:
            return None
        first_s = min(left_s) if len(left_s) >= n_at_once else 0.0
        return first_s + n_before * min(mean_s or 0.0, slice_s) / n_at_once

    def _read(self) -> dict[str, int]:
        if self._file is None:
            return {}
        try:
            served = self._file.read_json(SERVED)
            return {str(asker): int(turn) for asker, turn in served.items()}
        except (ArtifactMissingError, OSError, AttributeError, TypeError, ValueError):
            return {}


def _serve(served: dict[str, int], job: Job) -> None:
    turn = max(served.values(), default=0) + 1
    served.update(dict.fromkeys(job.askers, turn))
