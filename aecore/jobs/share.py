"""One person's share of this machine: how much may be asked for, and when a job makes way."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from aecore.errors import QueueFullError
from aecore.jobs.kinds import work_of
from aecore.jobs.perform import FOR_DEVICE
from aecore.jobs.queue import read_queue
from aecore.jobs.turns import N_AT_ONCE, Job
from aecore.specs.base import Lane
from aecore.store import Store

MAX_OF_ONE = 4
"""Unfinished jobs that one person may have."""
MAX_IN_ALL = 200
"""Unfinished jobs of everybody together."""
SLICE_S = 60.0
"""A job that can go on from where it was makes way after so long, where others wait."""
LOOK_S = 2.0
"""Between two looks at who waits for the device beside this engine."""
LEAVE_S = 2.0
"""Who waits for the device has so long to take it, before a job that made way begins again."""


def check_share(jobs: Collection[Job], asker: str, max_of_one: int, max_in_all: int) -> None:
    """Make sure that a person may ask for one more.

    Raises
    ------
    QueueFullError
    """
    if sum(asker in job.askers for job in jobs) >= max_of_one:
        raise QueueFullError(
            "You have {max_of_one} unfinished jobs already.",
            "Wait until one is done, or stop one.",
            max_of_one=max_of_one,
        )
    if len(jobs) >= max_in_all:
        raise QueueFullError(
            "{max_in_all} jobs of all people are already waiting.",
            "Try again in a few minutes.",
            max_in_all=max_in_all,
        )


def may_begin(job: Job, running: Iterable[Job], lane: Lane) -> bool:
    """Whether a lane of several jobs at once would still have one for somebody else."""
    own = sum(job.askers <= other.askers for other in running)
    return own < max(1, N_AT_ONCE[lane] - 1)


def has_had_its_time(job: Job, slice_s: float) -> bool:
    """Whether a running job may be asked to make way."""
    return (
        not (job.is_stopping or job.is_pausing)
        and job.first_step > 0
        and time.monotonic() - job.first_step >= slice_s
        and work_of(job.key).resumes
    )


def is_waited_for(job: Job, queued: Iterable[Job]) -> bool:
    """Whether somebody else waits."""
    return any(job.askers.isdisjoint(other.askers) for other in queued)


def is_device_wanted(store: Store, job: Job) -> bool:
    """Whether a job of somebody else has begun and waits for the device that this one has.

    A command or another app does, and what computes on a GPU from another lane.
    """
    return any(
        other.view.state.phase == FOR_DEVICE and job.askers.isdisjoint(other.askers)
        for other in read_queue(store)
        if other.key != job.key and other.view.status == "running"
    )
