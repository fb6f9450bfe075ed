"""One person's share of this machine: how much may be asked for, and when a job makes way."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from aecore.errors import QueueFullError
from aecore.jobs.kinds import Lane, kind_of
from aecore.jobs.turns import N_AT_ONCE, Job

MAX_OF_ONE = 4
"""Unfinished jobs that one person may have."""
MAX_IN_ALL = 200
"""Unfinished jobs of everybody together."""
SLICE_S = 60.0
"""A job that can go on from where it was makes way after so long, where others wait."""


def check_share(jobs: Collection[Job], asker: str, max_of_one: int, max_in_all: int) -> None:
    """Make sure that a person may ask for one more.

    Raises
    ------
    QueueFullError
    """
    if sum(asker in job.askers for job in jobs) >= max_of_one:
        raise QueueFullError(
            f"You have {max_of_one} unfinished jobs already.",
            "Wait until one is done, or stop one.",
        )
    if len(jobs) >= max_in_all:
        raise QueueFullError(
            f"{max_in_all} jobs of all people are already waiting.", "Try again in a few minutes."
        )


def may_begin(job: Job, running: Iterable[Job], lane: Lane) -> bool:
    """Whether a lane of several jobs at once would still have one for somebody else."""
    own = sum(job.askers <= other.askers for other in running)
    return own < max(1, N_AT_ONCE[lane] - 1)


def makes_way(job: Job, queued: Iterable[Job], slice_s: float) -> bool:
    """Whether a running job has had its time, and somebody else waits for the same."""
    return (
        not (job.is_stopping or job.is_pausing)
        and time.monotonic() - job.began >= slice_s
        and kind_of(job.key).resumes
        and is_waited_for(job, queued)
    )


def is_waited_for(job: Job, queued: Iterable[Job]) -> bool:
    """Whether somebody else waits."""
    return any(job.askers.isdisjoint(other.askers) for other in queued)
