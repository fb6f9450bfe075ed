"""Carry one job out here and now: claim it, compute it, say how far it is, let go of it."""

from __future__ import annotations

import contextlib
import math
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from aecore.artifact import Artifact, Progress, State, Status
from aecore.claims import Claim, claim, is_live
from aecore.data.memory import check_memory
from aecore.errors import AecoreError, JobError, LeaseLostError, SpecError, StoreError
from aecore.files import discard
from aecore.jobs import device
from aecore.jobs.askers import COMMAND_LINE, Askers, forget_stop, stop_is_asked
from aecore.jobs.kinds import compute_of, is_computed, need_of, what_fits, work_of
from aecore.jobs.litter import clear_litter
from aecore.jobs.room import JobRoom
from aecore.sentence import Sentence
from aecore.specs.base import Spec
from aecore.specs.run import RunSpec
from aecore.store import Store

PUBLISH_S = 0.5
"""The state is written at most so often."""
POLL_S = 0.1
FOR_DEVICE = Sentence("waiting for the device")
"""The phase of a job that has begun and waits until nobody else has the device."""

Watch = Callable[[str, Progress], None]
OnSave = Callable[[bool], None]


def perform(
    store: Store,
    key: str,
    *,
    stop: Callable[[], bool] = lambda: False,
    watch: Watch = lambda key, progress: None,
    on_save: OnSave = lambda is_saving: None,
    owner: str | None = None,
    pause: Callable[[], bool] = lambda: False,
) -> State:
    """Compute an artifact, and what it needs first.

    Parameters
    ----------
    stop
        Asked between steps; True: stop and keep what there is. A file `stop` in the
        artifact's directory does the same from any process. An exception that it raises
        leaves the job interrupted.
    watch
        Told the key of what is being computed (the job, or its data) and each progress.
    on_save
        Told True as a part of the work begins that a stop has to wait for, False as it ends.
    owner
        Id under which claims are made, for a supervisor that may have to break them and
        that says who asks. None: this process asks for itself, and a session that has
        joined from elsewhere does not stop it by leaving.
    pause
        Asked where all that was done can be kept; True: make way for others. It goes on from there
        when it is performed again.

    Returns
    -------
    State
        "done", "stopped", "paused", or "failed" with a sentence; it is also in the store, unless
        the disk is full.

    Raises
    ------
    LeaseLostError
        If somebody else is computing it, or has taken it over: watch them.
    ArtifactMissingError
        If nothing was asked for under this key.
    Exception
        A defect: written to the artifact's state and its `error.log`, and raised again.
    """
    ways = _Ways(stop, watch, on_save, owner, pause)
    return _perform(store, key, ways, JobRoom(store, key))


@dataclass(frozen=True)
class _Ways:
    """How a job is told to stop, and whom it tells what; see `perform`."""

    stop: Callable[[], bool]
    watch: Watch
    on_save: OnSave
    owner: str | None
    pause: Callable[[], bool] = lambda: False


def _perform(store: Store, key: str, ways: _Ways, room: JobRoom) -> State:
    state = store.artifact(key).state
    if state.status == "done":
        store.touch(key)
        return state
    held = claim(store, key, owner=ways.owner)
    if held is None:
        raise LeaseLostError("Another worker is computing this already.", "Wait for its result.")
    # Who has lost the claim writes nothing more: the artifact is another worker's by then.
    artifact = Artifact(
        store.artifact(key).path, check=held.check, on_save=ways.on_save, expect=room.expect
    )
    with held.keep(), asking(store, key) if ways.owner is None else contextlib.nullcontext():
        if artifact.state.status == "done":
            return artifact.state
        try:
            return _Job(store, artifact, held, ways, room).carry_out()
        finally:
            with contextlib.suppress(LeaseLostError):  # a stop is for who has the claim
                held.check()
                forget_stop(store, key)


@contextlib.contextmanager
def asking(store: Store, key: str) -> Iterator[None]:
    """Within the block this process asks for an artifact, for no session of an app."""
    askers = Askers(store)
    try:
        askers.set(key, {COMMAND_LINE})
        yield
    finally:
        askers.set(key, ())
        askers.close()


class _Job:
    """One artifact being computed under a claim."""

    def __init__(
        self, store: Store, artifact: Artifact, held: Claim, ways: _Ways, room: JobRoom
    ) -> None:
        self.store = store
        self.artifact = artifact
        self.held = held
        self.ways = ways
        self.room = room
        self.published = 0.0
        self.latest = Progress("starting")

    def carry_out(self) -> State:
        """Compute, and end in a state that says how it went."""
        try:
            self.tidy()
            # asked for again after it was told why: that counts anew
            anew = {"n_deaths": 0} if self.artifact.state.status == "failed" else {}
            self.end("running", error="", hint="", **anew)
            with closing(self.steps()) as steps:
                for progress in steps:
                    if self.held.lost:
                        self.held.check()  # raises, and says what happened
                    if self.stop():
                        steps.close()
                        return self.end("stopped")
                    if progress.keep is not None and self.ways.pause():
                        progress.keep()
                        steps.close()
                        self.latest = progress
                        return self.end("paused")
                    self.publish(progress)
                    self.room.look()
            return self.end("done")
        except LeaseLostError:
            raise
        except AecoreError as problem:
            return self.fail(problem)
        except Exception as problem:
            if _is_out_of_memory(problem):
                fits = what_fits(self.store, self.artifact.key)
                return self.fail(JobError("There is not enough memory for this.", fits))
            with contextlib.suppress(StoreError):
                self.artifact.write_bytes("error.log", traceback.format_exc().encode())
            self.fail(
                JobError(
                    "The job failed because of a defect ({name}: {problem}).",
                    "Please report it, with the file error.log of this result.",
                    name=type(problem).__name__,
                    problem=str(problem)[:200],
                )
            )
            raise

    def stop(self) -> bool:
        """Whether to stop, for whatever reason."""
        return self.ways.stop() or stop_is_asked(self.store, self.artifact.key)

    def steps(self) -> Generator[Progress, None, None]:
        """Everything there is to do, one progress after the other."""
        key = self.artifact.key
        work = work_of(key)
        spec = self.artifact.spec
        if spec.key != key:
            raise SpecError(
                "This was requested by an older version, which computed it differently.",
                "Request it again with the same settings.",
            )
        for named in spec.needs():
            self.store.touch(named)
        needed_first = computed_first(self.store, spec)
        if self.room.key == key:  # not of what is brought in for another, whose room it has
            clear_litter(self.store)
            self.room.begin(needed_first)
        for needed in needed_first:
            yield from self.bring_in(needed)
        if (need := need_of(spec, self.store)) is not None and not is_on_gpu(spec):
            check_memory(need)
        with contextlib.ExitStack() as until_the_end:
            if work.lane == "device" or is_on_gpu(spec):
                name = device.claim_name()
                while (free := claim(self.store, name, owner=self.held.owner)) is None:
                    waiting = Progress(FOR_DEVICE)
                    self.ways.watch(key, waiting)
                    yield waiting
                    time.sleep(POLL_S)
                until_the_end.enter_context(free.keep())
            compute = until_the_end.enter_context(
                closing(compute_of(work)(spec, self.artifact, self.store))
            )
            for progress in compute:
                self.ways.watch(key, progress)
                yield progress

    def bring_in(self, needed: str) -> Generator[Progress, None, None]:
        """Compute what is needed first, or wait for whoever does."""

        def pass_on(key: str, progress: Progress) -> None:
            self.publish(progress)
            self.ways.watch(key, progress)

        ways = _Ways(
            lambda: self.held.lost or self.stop(), pass_on, self.ways.on_save, self.held.owner
        )
        while True:
            try:
                state = _perform(self.store, needed, ways, self.room)
            except LeaseLostError:
                state = self.store.artifact(needed).state
                while is_live(self.store, needed):
                    yield Progress(state.phase, state.n_done, state.n_total, state.eta_s)
                    time.sleep(POLL_S)
                    state = self.store.artifact(needed).state
                continue
            if state.status == "done":
                return
            if state.status == "failed":
                raise JobError(state.error, state.hint)
            yield self.latest  # somebody stopped it: we, which ends this here, or others

    def publish(self, progress: Progress) -> None:
        """Write how far it is, now and then."""
        is_new_phase = progress.phase != self.latest.phase
        self.latest = progress
        if is_new_phase or time.monotonic() - self.published >= PUBLISH_S:
            self.end("running")

    def end(self, status: Status, **changes: Any) -> State:
        """Write the state with the latest progress."""
        self.published = time.monotonic()
        eta_s = self.latest.eta_s if status == "running" else None
        return self.artifact.set_state(
            status=status,
            phase=self.latest.phase,
            n_done=self.latest.n_done,
            n_total=self.latest.n_total,
            eta_s=eta_s if eta_s is not None and math.isfinite(eta_s) else None,
            **changes,
        )

    def fail(self, problem: AecoreError) -> State:
        """The state that tells of a problem, written if the disk allows."""
        with contextlib.suppress(StoreError):
            return self.end("failed", error=problem.message, hint=problem.hint)
        return State("failed", self.latest.phase, error=problem.message, hint=problem.hint)

    def tidy(self) -> None:
        """Remove what a worker that was killed had half written."""
        for path in self.artifact.path.rglob(".*.tmp"):
            if not path.name.startswith((".spec.", ".about.")):
                discard(path)


def computed_first(store: Store, spec: Spec) -> list[str]:
    """Keys of what must be done before a spec is computed.

    A run is no part of that: it is read as its weights stand, and needs but its data.
    """
    if isinstance(spec, RunSpec):
        return [spec.data]
    found = []
    for key in spec.needs():
        named = store.artifact(key).spec
        needed = named.data if isinstance(named, RunSpec) else key
        if is_computed(needed):  # a photograph is kept, not computed
            found.append(needed)
    return found


def is_on_gpu(spec: Spec) -> bool:
    """Whether a job computes on a GPU, whose memory is not this machine's."""
    is_training = spec.work is not None and spec.work.lane == "device"
    return (is_training or spec.uses_gpu()) and device.has_gpu()


def _is_out_of_memory(problem: Exception) -> bool:
    # torch's own errors, told by their words so that torch need not be imported here
    return (
        isinstance(problem, MemoryError)
        or type(problem).__name__ == "OutOfMemoryError"
        or (
            isinstance(problem, RuntimeError)
            and any(
                words in str(problem)
                for words in (
                    "can't allocate memory",
                    "not enough memory",
                    "MPS backend out of memory",
                )
            )
        )
    )
