"""What became of a job that ends otherwise than by its own word: its worker died, or it waited."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from aecore.artifact import State
from aecore.claims import claim, is_live
from aecore.errors import AecoreError, ArtifactMissingError
from aecore.jobs.askers import ask_to_stop, forget_stop, forget_the_dead, take_back_all
from aecore.jobs.kinds import what_fits
from aecore.jobs.process import WorkerProcess
from aecore.jobs.turns import Job
from aecore.sentence import Sentence, joined, mark
from aecore.store import Store

KILLED = -9
"""What a process that the system ended on Linux and macOS leaves as its exit code."""
MAX_DEATHS = 2
"""Workers that a job may cost before it counts as failed."""


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
            "error": Sentence(
                "The worker process could not start (exit code {exit_code}).",
                exit_code=worker.exit_code,
            ),
            "hint": Sentence("The app's log says why. Fix that, then try again."),
        }
    else:
        changes = _after_a_death(store, job.key, state.n_deaths + 1, worker.exit_code)
    state = replace(state, eta_s=None, **changes)
    if not _write(store, job.key, changes):
        return None
    return state


def forget_paused(store: Store, key: str) -> None:
    """What made way for others and that nobody asks for any more does not wait, but is stopped."""
    if written(store, key).status == "paused":
        _write(store, key, {"status": "stopped"})


def stop_for_all(store: Store, key: str) -> None:
    """Stop a job whoever asks for it, in whichever process; what there is of it is kept.

    Raises
    ------
    SpecError
        If it is no key.
    """
    forget_the_dead(store, key)
    take_back_all(store, key)
    if is_live(store, key):
        ask_to_stop(store, key)
    else:
        forget_paused(store, key)


def _write(store: Store, key: str, changes: dict[str, Any]) -> bool:
    """Change the state of what nobody is at; False where somebody is."""
    with contextlib.suppress(AecoreError):
        held = claim(store, key)
        if held is None:
            return False
        try:
            forget_stop(store, key)
            store.artifact(key).set_state(eta_s=None, **changes)
        finally:
            held.release()
    return True


def _after_a_death(store: Store, key: str, n_deaths: int, exit_code: int | None) -> dict[str, Any]:
    """The first time it may be chance, and asking again goes on; the second time it is told."""
    is_twice = n_deaths >= MAX_DEATHS
    if exit_code == KILLED:
        template = (
            mark(
                "The system ended the work twice, most likely because memory ran out (exit code "
                "{exit_code})."
            )
            if is_twice
            else mark(
                "The system ended the work once, most likely because memory ran out (exit code "
                "{exit_code})."
            )
        )
        others = Sentence("Or close other programs, and try again.")
        hint = joined((what_fits(store, key), others))
    else:
        template = (
            mark("The process that did the work crashed twice (exit code {exit_code}).")
            if is_twice
            else mark("The process that did the work crashed once (exit code {exit_code}).")
        )
        hint = Sentence("The app's log says why. Fix that, then try again.")
    return {
        # running, and nobody at it: that is, interrupted
        "status": "failed" if is_twice else "running",
        "n_deaths": n_deaths,
        "error": Sentence(template, exit_code=exit_code),
        "hint": hint,
    }
