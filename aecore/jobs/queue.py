"""The queue, as any process reads it from the store: who asks for what, and in which order."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, replace

from aecore.claims import is_live
from aecore.errors import AecoreError
from aecore.jobs.askers import COMMAND_LINE, asked_for, keys_asked_for
from aecore.jobs.kinds import LANES, work_of
from aecore.jobs.turns import Job, Turns
from aecore.jobs.view import JobView, look
from aecore.specs.base import Lane
from aecore.store import Store


@dataclass(frozen=True)
class QueuedJob:
    """One job that runs or waits.

    Parameters
    ----------
    title
        What is being done, for a person: its kind, and no name that somebody gave.
    askers
        Ids of the sessions that ask for it, `askers.COMMAND_LINE` among them.
    since
        When it was asked for, or last made way for others, seconds since 1970.
    place
        Of those that wait in its lane, 1 if it is the next to begin; None: it runs.
    """

    key: str
    title: str
    lane: Lane
    askers: frozenset[str]
    since: float
    view: JobView
    place: int | None = None


def read_queue(store: Store) -> list[QueuedJob]:
    """All jobs that run or wait: those that run first, then lane by lane in their order."""
    queued = [job for key in keys_asked_for(store) if (job := _queued_job(store, key)) is not None]
    running = [job for job in queued if job.view.status == "running"]
    waiting = {job.key: job for job in queued if job.view.status == "queued"}
    order = Turns(store).order(
        Job(job.key, job.lane, job.since, set(job.askers)) for job in waiting.values()
    )
    placed = []
    for lane in LANES:
        for place, turn in enumerate((turn for turn in order if turn.lane == lane), 1):
            placed.append(replace(waiting[turn.key], place=place))
    return [*sorted(running, key=lambda job: job.since), *placed]


def whose(asker: str) -> str:
    """What to call who asks, without telling the id of a session.

    Examples
    --------
    >>> whose("command line"), whose("0123456789abcdef01234567")
    ('command line', 'visitor 8865')
    """
    if asker == COMMAND_LINE:
        return asker
    return f"visitor {hashlib.sha256(asker.encode()).hexdigest()[:4]}"


def _queued_job(store: Store, key: str) -> QueuedJob | None:
    with contextlib.suppress(AecoreError):  # it was removed, or a newer version's
        asked, work, view = asked_for(store, key), work_of(key), look(store, key)
        if view.is_live and (asked.n_askers or is_live(store, key)):
            return QueuedJob(key, work.title, work.lane, asked.names, asked.since, view)
    return None
