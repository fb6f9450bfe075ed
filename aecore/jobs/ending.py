"""What became of a job whose worker died without a word."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from aecore.claims import claim
from aecore.errors import AecoreError, ArtifactMissingError
from aecore.jobs.askers import forget_stop
from aecore.jobs.process import WorkerProcess
from aecore.jobs.turns import Job
from aecore.store import State, Store


def written(store: Store, key: str) -> State:
    """The state of an artifact; `State()` where it was removed."""
    try:
        return store.artifact(key).state
    except ArtifactMissingError:
        return State()


def settle(store: Store, job: Job, worker: WorkerProcess) -> State | None:
    """Write what became of a job whose worker died without a word; None: another took over."""
    state = written(store, job.key)
    changes: dict[str, Any] = {}
    if state.status in ("done", "stopped", "failed") and state.updated != job.state_before:
        return state  # it died after its work
    if job.is_stopping:
        changes = {"status": "stopped"}
    elif not worker.is_ready:
        changes = {
            "status": "failed",
            "error": f"The worker process could not start (exit code {worker.exit_code}).",
            "hint": "The app's log says why; mend that, then ask again.",
        }
    else:
        changes = {"status": "running"}  # and nobody at it: that is, interrupted
    state = replace(state, eta_s=None, **changes)
    with contextlib.suppress(AecoreError):
        held = claim(store, job.key)
        if held is None:
            return None
        try:
            forget_stop(store, job.key)
            store.artifact(job.key).set_state(eta_s=None, **changes)
        finally:
            held.release()
    return state
