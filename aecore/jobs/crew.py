"""The worker processes of an engine: those that work, and those kept warm for the next job."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aecore.jobs.kinds import Lane
from aecore.jobs.process import WorkerProcess
from aecore.store import Store


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
        while len(self.spares) < self.n_spares:
            self.spares.append(self._start("device"))
        has_look = any(worker.lane == "look" and worker.stays for worker in self.workers)
        if self.n_looks and not has_look and all(spare.is_ready for spare in self.spares):
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
        if was_waiting and not worker.is_ready and not is_closing:
            # another would only die again; jobs will tell what is wrong
            if worker.lane == "look":
                self.n_looks = 0
            else:
                self.n_spares = 0

    def _start(self, lane: Lane) -> WorkerProcess:
        stays = lane == "look" and self.n_looks > 0
        worker = WorkerProcess(self._store, lane, self._on_change, self._plugins, stays=stays)
        self.workers.add(worker)
        return worker
