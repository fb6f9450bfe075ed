"""What a person is shown of a job, read from the store by any process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aecore.artifact import State
from aecore.claims import is_live
from aecore.jobs.askers import Asked, asked_for
from aecore.store import Store

JobStatus = Literal["new", "queued", "running", "stopped", "failed", "done", "interrupted"]


@dataclass(frozen=True)
class JobView:
    """How a job stands.

    Parameters
    ----------
    status
        "new": nobody asked yet. "interrupted": it was begun or queued, and whoever was
        at it died; asking again resumes it.
    place
        1 if it is the next to begin; None if it does not wait, or waits in another process.
    wait_s
        Seconds to expect before it begins; None where nothing is known.
    n_askers
        Sessions that ask for it.
    """

    status: JobStatus
    state: State
    place: int | None = None
    wait_s: float | None = None
    n_askers: int = 0

    @property
    def is_live(self) -> bool:
        """Whether something is still going to change."""
        return self.status in ("queued", "running")

    @property
    def is_left(self) -> bool:
        """Whether a page may ask for it by itself: it was not begun, or broken off with its app.

        What the system ended waits for a person's word.
        """
        return self.status == "new" or (self.status == "interrupted" and not self.state.n_deaths)

    @property
    def is_again(self) -> bool:
        """Whether it has run, made way for others, and waits to go on."""
        return self.status == "queued" and self.state.status == "paused"


def look(store: Store, key: str) -> JobView:
    """How a job stands, from what the store knows.

    Raises
    ------
    SpecError, ArtifactMissingError
        If it is no key, or nothing was asked for under it.
    """
    artifact = store.artifact(key)
    # A worker claims, writes "running", writes how it ended, releases: in this order. So
    # "running" between two looks at a dead claim is only true if it still is afterwards.
    while True:
        was_live = is_live(store, key)
        state = artifact.state
        if state.status != "running" or was_live:
            break
        if not is_live(store, key) and artifact.state == state:
            break
    if state.status == "done":
        return JobView("done", state)
    asked = asked_for(store, key)
    return JobView(_status(state, was_live, asked), state, n_askers=asked.n_askers)


def _status(state: State, has_worker: bool, asked: Asked) -> JobStatus:
    if has_worker:
        return "running"
    if state.status == "paused":
        return "queued" if asked.n_askers else "interrupted"
    # What was asked for before the last news of the work has had its answer.
    if asked.since > state.updated:
        return "queued"
    if state.status == "running" or asked.left_behind > state.updated:
        return "interrupted"
    return state.status
