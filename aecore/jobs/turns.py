"""Whose turn it is, and how long until then: sessions take turns, in order within a session."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from aecore.jobs.kinds import Lane
from aecore.jobs.process import WorkerProcess

N_AT_ONCE: dict[Lane, int] = {"device": 1, "light": 2, "look": 1, "long": 1}
"""Jobs of a lane that run at once: one has the device; bringing data in is light."""


@dataclass(eq=False)
class Job:
    """One key that somebody asks for in this process, until it has ended.

    `elsewhere`: a worker of another process is at it, and we wait for what comes of it.
    """

    key: str
    lane: Lane
    number: int
    """Order in which jobs were asked for."""
    askers: set[str] = field(default_factory=set)
    phase: Literal["queued", "running", "elsewhere"] = "queued"
    worker: WorkerProcess | None = None
    began: float = 0.0
    """When it was handed out, by `time.monotonic`."""
    state_before: float = 0.0
    """When its state was last written before that."""
    is_stopping: bool = False


class Turns:
    """Who was served when, and how long jobs took.

    Examples
    --------
    Ann asked first and twice, but Bo's only job comes second:

    >>> jobs = [Job("a", "device", 1, {"Ann"}), Job("b", "device", 2, {"Ann"})]
    >>> jobs += [Job("c", "device", 3, {"Bo"})]
    >>> [job.key for job in Turns().order(jobs)]
    ['a', 'c', 'b']
    """

    def __init__(self) -> None:
        self._served: dict[str, int] = {}
        self._durations_s: dict[Lane, deque[float]] = {lane: deque(maxlen=20) for lane in N_AT_ONCE}

    def serve(self, job: Job) -> None:
        """Note that the askers of a job have had their turn."""
        _serve(self._served, job)

    def took(self, job: Job) -> None:
        """Note how long a job took that is done by now."""
        self._durations_s[job.lane].append(time.monotonic() - job.began)

    def order(self, queued: Iterable[Job]) -> list[Job]:
        """Jobs in the order in which they will begin: least recently served session first."""
        waiting = sorted(queued, key=lambda job: job.number)
        served = dict(self._served)
        order = []
        while waiting:
            first = min(
                waiting,
                key=lambda job: min((served.get(asker, 0) for asker in job.askers), default=0),
            )
            waiting.remove(first)
            order.append(first)
            _serve(served, first)
        return order

    def wait_s(self, lane: Lane, n_before: int, running: dict[Job, float | None]) -> float | None:
        """Seconds until a queued job begins; None where too little is known.

        Parameters
        ----------
        n_before
            Queued jobs that begin earlier.
        running
            The lane's running jobs, each with the seconds it expects to go on, if it knows.
        """
        n_at_once = N_AT_ONCE[lane]
        past = self._durations_s[lane]
        mean_s = sum(past) / len(past) if past else None
        left_s: list[float] = []
        for job, eta_s in running.items():
            passed_s = time.monotonic() - job.began
            if eta_s is not None:
                left_s.append(eta_s)
                mean_s = passed_s + eta_s if mean_s is None else mean_s
            elif mean_s is not None:
                left_s.append(max(0.0, mean_s - passed_s))
            else:
                return None
        if n_before and mean_s is None:
            return None
        first_s = min(left_s) if len(left_s) >= n_at_once else 0.0
        return first_s + n_before * (mean_s or 0.0) / n_at_once


def _serve(served: dict[str, int], job: Job) -> None:
    turn = max(served.values(), default=0) + 1
    served.update(dict.fromkeys(job.askers, turn))
