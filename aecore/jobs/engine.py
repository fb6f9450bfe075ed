"""The queue of a process and the workers it keeps: takes jobs in, hands them out in fair turns."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from aecore.artifact import State
from aecore.claims import break_claims, is_live
from aecore.errors import AecoreError, StoreError, WorkerError
from aecore.jobs import share
from aecore.jobs.askers import (
    Askers,
    ask_to_stop,
    asked_for,
    forget_stop,
    forget_the_dead,
    stop_is_asked,
)
from aecore.jobs.crew import Crew
from aecore.jobs.ending import forget_paused, settle, stop_for_all, written
from aecore.jobs.kinds import work_of
from aecore.jobs.process import WorkerProcess
from aecore.jobs.turns import N_AT_ONCE, Job, Turns
from aecore.jobs.view import JobView, look
from aecore.sentence import Sentence
from aecore.specs.base import Lane, Spec, check_key
from aecore.store import Store

STOP_S = 1.8
"""A worker that has not ended so long after it was asked to stop is killed."""
TICK_S = 0.25

_log = logging.getLogger(__name__)


class Engine:
    """Runs jobs in worker processes of this machine for the sessions of one app: a `JobEngine`.

    Sessions take turns: the one served least recently goes first. One job at a time
    has the device; up to two light ones (bringing data in) of two sessions run beside it, one that
    looks into what was trained (codes, maps), and one that takes long (photographs). A training
    that others wait for makes way after a time, and goes on when its turn comes again.

    What is asked for, by whom, since when and who was served is in the store (`read_queue` lists
    it in any process); here is only which worker is at what.

    Parameters
    ----------
    spares
        Workers for the device that wait with torch loaded, so that training starts at once.
    looks
        Workers for looking (0 or 1) that stay, warm, and do job after job.
    max_per_session, max_in_all
        Unfinished jobs that one asker, and all together, may have.
    slice_s
        After how long a training makes way for others.
    plugins
        Modules that workers import first; they may add kinds.
    """

    def __init__(
        self,
        store: Store,
        *,
        spares: int = 1,
        looks: int = 0,
        max_per_session: int = share.MAX_OF_ONE,
        max_in_all: int = share.MAX_IN_ALL,
        slice_s: float = share.SLICE_S,
        plugins: Sequence[str] = (),
    ) -> None:
        self.store = store
        self.max_per_session = max_per_session
        self.max_in_all = max_in_all
        self.slice_s = slice_s
        self._jobs: dict[str, Job] = {}
        self._crew = Crew(
            store, self._worker_changed, n_spares=spares, n_looks=looks, plugins=plugins
        )
        self._turns = Turns(store)
        self._looked = 0.0
        self._unwritten: dict[str, State] = {}
        self._is_closed = False
        self._askers = Askers(store)
        self._changed = threading.Condition(threading.RLock())
        self._tender = threading.Thread(target=self._tend, name="engine", daemon=True)
        self._tender.start()

    # What pages call ---------------------------------------------------------

    def submit(self, spec: Spec, asker: str, **about: object) -> str:
        """Ask for an artifact; see `JobEngine`."""
        key = spec.key
        lane = work_of(key).lane
        with self._changed:
            if self._is_closed:
                raise WorkerError("The app is closing.", "Start it again; what was done is kept.")
            if key in self.store and self.store.artifact(key).state.status == "done":
                self.store.touch(key)
                return key
            job = self._jobs.get(key)
            if job is not None and asker in job.askers:
                return key
            share.check_share(self._jobs.values(), asker, self.max_per_session, self.max_in_all)
            for needed in spec.needs():  # it may be long unused, and must not go now
                self.store.touch(needed)
            self.store.create(spec, **about)
            self.store.touch(key)
            if job is None:
                forget_the_dead(self.store, key)
                job = Job(key, lane, self._askers.restart(key, {asker}))
                self._unwritten.pop(key, None)
                if not is_live(self.store, key):
                    forget_stop(self.store, key)
                self._jobs[key] = job
            else:
                self._askers.set(key, job.askers | {asker})
            job.askers.add(asker)
            self._changed.notify_all()
        return key

    def stop(self, key: str, asker: str | None) -> None:
        """Take an asker's wish back, None: everybody's; see `JobEngine`."""
        check_key(key)
        with self._changed:
            job = self._jobs.get(key)
            if asker is None:
                stop_for_all(self.store, key)
                if job is not None:
                    self._taken_back(job)
                self._changed.notify_all()
                return
            if job is None:
                forget_the_dead(self.store, key)
                if is_live(self.store, key) and not asked_for(self.store, key).n_askers:
                    ask_to_stop(self.store, key)
                return
            job.askers.discard(asker)
            self._askers.set(key, job.askers)
            if job.askers:
                return
            is_wanted_elsewhere = asked_for(self.store, key).n_askers > 0
            if job.phase == "queued":
                self._leave_queue(job, is_wanted=is_wanted_elsewhere)
            elif not is_wanted_elsewhere:
                ask_to_stop(self.store, key)
                if job.phase == "elsewhere":
                    del self._jobs[key]
                else:
                    self._kill_soon(job)
            self._changed.notify_all()

    def view(self, key: str) -> JobView:
        """How a job stands; see `JobEngine`."""
        with self._changed:
            seen = look(self.store, key)
            job = self._jobs.get(key)
            unwritten = self._unwritten.get(key)
            if seen.status == "done":
                return seen
            if job is not None and job.phase == "queued" and seen.status != "running":
                n_before = self._queued(job.lane).index(job)
                wait_s = self._wait_s(job, n_before)
                return replace(seen, status="queued", place=n_before + 1, wait_s=wait_s)
            if job is not None:
                return replace(seen, status="running")
            if unwritten is not None and not seen.is_live:
                return replace(seen, status="failed", state=unwritten)
            return seen

    @property
    def is_warm(self) -> bool:
        """Whether a worker waits for the device with torch loaded."""
        with self._changed:
            return any(spare.is_ready for spare in self._crew.spares)

    def close(self, wait_s: float = 3.0) -> None:
        """End all workers; what they were at is interrupted, and resumes when asked for again."""
        with self._changed:
            if self._is_closed:
                return
            self._is_closed = True
            workers = list(self._crew.workers)
            for worker in workers:
                worker.end()
            self._changed.notify_all()
        self._tender.join(wait_s)
        deadline = time.monotonic() + wait_s
        for worker in workers:
            if wait_s and not worker.wait(max(0.0, deadline - time.monotonic())):
                worker.kill()
                worker.wait(5.0)
        self._askers.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _queued(self, lane: Lane) -> list[Job]:
        """Queued jobs in the order in which they will begin."""
        jobs = [job for job in self._jobs.values() if job.lane == lane and job.phase == "queued"]
        return self._turns.order(jobs)

    def _running(self, lane: Lane) -> list[Job]:
        return [job for job in self._jobs.values() if job.lane == lane and job.phase == "running"]

    def _wait_s(self, job: Job, n_before: int) -> float | None:
        """Seconds until a queued job begins; None where too little is known."""
        running = {
            other: self.store.artifact(other.key).state.eta_s
            for other in self._running(job.lane)
            if other.key in self.store
        }
        make_way = all(work_of(o.key).resumes and share.is_waited_for(o, [job]) for o in running)
        slice_s = self.slice_s if make_way else math.inf
        return self._turns.wait_s(job.lane, n_before, running, slice_s)

    # Workers -----------------------------------------------------------------

    def _tend(self) -> None:
        """Hand out jobs and keep spares, whenever something has changed."""
        with self._changed:
            while not self._is_closed:
                try:
                    self._look_elsewhere()
                    for lane in N_AT_ONCE:
                        self._hand_out(lane)
                        self._make_way(lane)
                    self._crew.keep(is_starting=self._is_starting())
                except (AecoreError, OSError):
                    _log.exception("The queue of jobs met a problem and tries again.")
                self._changed.wait(TICK_S if self._jobs else None)

    def _look_elsewhere(self) -> None:
        """See to what other processes do: their results, and their wishes to stop."""
        for job in list(self._jobs.values()):
            if job.askers and self._askers.is_taken_back(job.key):
                self._taken_back(job)
            elif job.phase == "running":
                if not job.is_stopping and stop_is_asked(self.store, job.key):
                    self._taken_back(job)  # whoever wrote it speaks for all
            elif job.key not in self.store:
                self._finish(job)
            elif job.phase == "elsewhere" and not is_live(self.store, job.key):
                status = self.store.artifact(job.key).state.status
                if status in ("done", "failed") or not job.askers:
                    self._finish(job)
                else:  # whoever was at it gave up or died, and it is still wanted here
                    self._queue_again(job)

    def _taken_back(self, job: Job) -> None:
        """Let go of a job that somebody stops for all who ask for it."""
        job.askers.clear()
        self._askers.set(job.key, ())
        if job.phase == "queued":
            self._leave_queue(job)
        elif job.phase == "elsewhere":
            self._finish(job)
        else:
            self._kill_soon(job)

    def _leave_queue(self, job: Job, *, is_wanted: bool = False) -> None:
        del self._jobs[job.key]
        if not is_wanted:
            forget_paused(self.store, job.key)

    def _make_way(self, lane: Lane) -> None:
        """Let what has had its time pause, where others wait for the same."""
        for job in self._running(lane):
            if job.worker is None or not share.has_had_its_time(job, self.slice_s):
                continue
            if share.is_waited_for(job, self._queued(lane)) or self._is_wanted_beside(job):
                job.is_pausing = True
                job.worker.pause()

    def _is_wanted_beside(self, job: Job) -> bool:
        """Whether what is in no queue of ours waits for the device; looked at now and then."""
        now = time.monotonic()
        if job.lane != "device" or now - self._looked < share.LOOK_S:
            return False
        self._looked = now
        return share.is_device_wanted(self.store, job)

    def _hand_out(self, lane: Lane) -> None:
        for job in self._queued(lane):
            if is_live(self.store, job.key):
                job.phase = "elsewhere"
                continue
            if len(running := self._running(lane)) >= N_AT_ONCE[lane]:
                return
            if not share.may_begin(job, running, lane) or time.monotonic() < job.not_before:
                continue
            job.state_before = self.store.artifact(job.key).state.updated
            try:
                worker = self._crew.take(lane)
            except OSError as problem:
                self._unwritten[job.key] = State(
                    "failed",
                    error=Sentence(
                        "No worker process could be started: {reason}.", reason=problem.strerror
                    ),
                    hint=Sentence("Close other programs to free memory, then ask again."),
                )
                self._finish(job)
                continue
            if worker.give(job.key):
                job.phase, job.worker, job.began = "running", worker, time.monotonic()
                self._turns.serve(job)
            else:  # it died while it waited; its end will be heard of, and the next one tried
                job.worker = None

    def _is_starting(self) -> bool:
        """Whether a training has been handed out and has not done its first step."""
        return any(
            job.lane == "device"
            and job.phase == "running"
            and job.worker is not None
            and not job.worker.has_begun
            for job in self._jobs.values()
        )

    def _worker_changed(self, worker: WorkerProcess) -> None:
        with self._changed:
            self._crew.note_warm(worker)
            job = self._jobs.get(worker.key)
            if job is not None and job.worker is worker and worker.has_begun:
                job.first_step = job.first_step or time.monotonic()
            if worker.exit_code is not None:
                self._crew.lose(worker, is_closing=self._is_closed)
                with contextlib.suppress(AecoreError, OSError):
                    if worker.key and not (worker.result or worker.found_taken):
                        break_claims(self.store, worker.owner)
                self._let_go(worker)
            elif worker.is_idle:
                self._let_go(worker)
                self._crew.take_back(worker)
            self._changed.notify_all()

    def _let_go(self, worker: WorkerProcess) -> None:
        job = self._jobs.get(worker.key)
        if job is not None and job.worker is worker and not self._is_closed:
            self._job_ended(job, worker)

    def _job_ended(self, job: Job, worker: WorkerProcess) -> None:
        result = worker.result
        if result is None and not worker.found_taken:
            result = settle(self.store, job, worker)
        job.worker = None
        was_stopping, job.is_stopping, job.is_pausing = job.is_stopping, False, False
        if result is None:  # somebody else is at it
            job.phase = "elsewhere"
        elif job.askers and was_stopping and result.status != "done":
            self._queue_again(job)  # somebody asked again while it was stopping
        elif job.askers and result.status == "paused":
            job.before_s += time.monotonic() - job.began
            job.not_before = time.monotonic() + share.LEAVE_S
            self._turns.serve(job)
            self._queue_again(job)
        else:
            if result.status == "paused":  # nobody asks for it any more
                forget_paused(self.store, job.key)
            if result.status == "done":
                self._turns.took(job)
            if result.status == "failed" and written(self.store, job.key).error != result.error:
                self._unwritten[job.key] = result
            self._finish(job)

    def _kill_soon(self, job: Job) -> None:
        worker = job.worker
        if worker is None or job.is_stopping:
            return
        job.is_stopping = True

        def kill() -> None:
            with self._changed:  # one that stays may be at another job by now
                if job.worker is worker and job.is_stopping:
                    worker.kill()

        worker.call_unless_saving(kill, STOP_S)

    def _queue_again(self, job: Job) -> None:
        job.phase, job.first_step = "queued", 0.0
        with contextlib.suppress(StoreError):
            job.since = self._askers.restart(job.key, job.askers)

    def _finish(self, job: Job) -> None:
        self._jobs.pop(job.key, None)
        with contextlib.suppress(StoreError):
            self._askers.set(job.key, ())
