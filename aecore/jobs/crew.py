"""The worker processes of an engine: those that work, and those kept warm for the next job."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aecore.jobs.process import WorkerProcess
from aecore.specs.base import Lane
from aecore.store import Store

MAX_LOST = 3
"""So many in a row that died while they got warm, and no more are kept waiting until one does."""


class Crew:
    """Workers of all lanes; whoever calls holds the engine's lock.

    Parameters
    ----------
    on_change
        Called by each worker when it has something to tell; see `WorkerProcess`.
    n_spares
        Workers for the device that wait with torch loaded; each does one job.
    n_looks
        Workers (0 or 1) that stay for looking into runs, job after job, for what they have
        warmed up (UMAP is compiled) takes long to get. What takes long has the same ones; where
        it is at work and somebody looks, or the other way round, there is one more until it ends.
    """

    def __init__(
        self,
        store: Store,
        on_change: Callable[[WorkerProcess], None],
        *,
        n_spares: int,
        n_looks: int,
        plugins: Sequence[str],
    ) -> None:
        self.workers: set[WorkerProcess] = set()
        self.spares: list[WorkerProcess] = []
        self.n_spares = n_spares
        self.looks: list[WorkerProcess] = []
        """Those for looking that stay and are idle."""
        self.n_looks = n_looks
        self._warm: set[WorkerProcess] = set()
        self._n_lost: dict[Lane, int] = {"device": 0, "look": 0, "light": 0, "long": 0}
        self._store = store
        self._on_change = on_change
        self._plugins = tuple(plugins)

    def take(self, lane: Lane) -> WorkerProcess:
        """A worker for one job, a waiting one where there is one.

        Raises
        ------
        OSError
            If no process can be started.
        """
        if lane == "device" and self.spares:
            return self.spares.pop(0)
        if lane in ("look", "long"):
            return self.looks.pop(0) if self.looks else self._start("look")
        return self._start(lane)

    def keep(self, *, is_starting: bool) -> None:
        """Start what should wait; `is_starting`: a training begins, which comes first."""
        if is_starting:
            return
        while len(self.spares) < self.n_spares and not self.gave_up("device"):
            self.spares.append(self._start("device"))
        has_look = any(worker.lane == "look" and worker.stays for worker in self.workers)
        is_wanted = self.n_looks and not has_look and not self.gave_up("look")
        if is_wanted and all(spare.is_ready for spare in self.spares):
            self.looks.append(self._start("look"))

    def take_back(self, worker: WorkerProcess) -> None:
        """Let a worker that stays wait for its next job; one more than should wait ends."""
        worker.forget_job()
        if len(self.looks) < self.n_looks:
            self.looks.append(worker)
        else:
            worker.end()

    def lose(self, worker: WorkerProcess, *, is_closing: bool) -> None:
        """A worker has ended."""
        self.workers.discard(worker)
        was_waiting = worker in self.spares or worker in self.looks
        if worker in self.spares:
            self.spares.remove(worker)
        if worker in self.looks:
            self.looks.remove(worker)
        self._warm.discard(worker)
        if was_waiting and not worker.is_ready and not is_closing:
            self._n_lost[worker.lane] += 1

    def note_warm(self, worker: WorkerProcess) -> None:
        """A worker has got warm: others can."""
        if worker.is_ready and worker not in self._warm:
            self._warm.add(worker)
            self._n_lost[worker.lane] = 0

    def gave_up(self, lane: Lane) -> bool:
        """Whether those that should wait died again and again; jobs tell what is wrong."""
        return self._n_lost[lane] >= MAX_LOST

    def _start(self, lane: Lane) -> WorkerProcess:
        stays = lane == "look" and self.n_looks > 0
        worker = WorkerProcess(self._store, lane, self._on_change, self._plugins, stays=stays)
        self.workers.add(worker)
        return worker
