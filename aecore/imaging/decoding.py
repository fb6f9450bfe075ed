"""Decoding in a process of its own: what a file does to its decoder happens to nobody else."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Any

from aecore import errors, sentence
from aecore.child_process import environment
from aecore.errors import AecoreError, JobError, PictureError
from aecore.imaging.decode_tasks import Answer
from aecore.machine import n_machine_bytes

MEMORY_BYTES = 1_200_000_000
"""What one task may take beyond an idle child: twice what any known file of 64 megapixels does."""
WRITING_BYTES = 4_000_000_000
"""The same of writing a photograph anew, which holds it three times."""
CPU_S = 20
WALL_S = 60.0
TICK_S = 0.1


def n_at_once() -> int:
    """So many children as memory allows, one, or two from eight gigabytes on; a container's too."""
    return 2 if (n_machine_bytes() or 0) >= 8_000_000_000 else 1


class Decoder:
    """Runs tasks of `decode_tasks` in children, one after the other in each.

    One child stays warm. A child whose task fails in any way that is not a sentence ends, and so
    does one whose asker goes away.

    Parameters
    ----------
    n_at_once
        So many tasks at the same time; others wait.
    wall_s
        A task that is not done after so long is ended, s.
    """

    def __init__(self, n_at_once: int = 1, wall_s: float = WALL_S) -> None:
        self.wall_s = wall_s
        self._free = threading.Semaphore(n_at_once)
        self._lock = threading.Lock()
        self._warm: _Child | None = None

    def run(
        self,
        task: str,
        *,
        waiting: Callable[[], object] = lambda: None,
        memory_bytes: int = MEMORY_BYTES,
        **arguments: Any,
    ) -> Answer:
        """Run the task of a name; see `decode_tasks`.

        Parameters
        ----------
        waiting
            Called every `TICK_S` until it is done; whatever it raises ends the task.

        Raises
        ------
        AecoreError
            As the task does; PictureError where it took too much time or memory, or broke off.
        JobError
            If no process can be started.
        """
        while not self._free.acquire(timeout=TICK_S):
            waiting()
        try:
            child = self._taken()
            try:
                answer = self._asked(child, task, arguments, waiting, memory_bytes)
            except BaseException:
                child.end()
                raise
            if answer["is_last"]:
                child.end()
            else:
                self._give_back(child)
        finally:
            self._free.release()
        if "answer" in answer:
            found: Answer = answer["answer"]
            return found
        kind = getattr(errors, answer["error"], AecoreError)
        raise kind(answer["message"], answer["hint"])

    def warm_up(self) -> None:
        """Start a child now, where none waits, so that the first task need not wait for it."""
        with contextlib.suppress(JobError):
            self._give_back(self._taken())

    def close(self) -> None:
        """End the child that waits."""
        with self._lock:
            child, self._warm = self._warm, None
        if child is not None:
            child.end()

    def _asked(
        self,
        child: _Child,
        task: str,
        arguments: dict[str, Any],
        waiting: Callable[[], object],
        memory_bytes: int,
    ) -> dict[str, Any]:
        child.ask(
            {"task": task, "arguments": arguments, "memory_bytes": memory_bytes, "cpu_s": CPU_S}
        )
        give_up = time.monotonic() + self.wall_s
        while True:
            try:
                line = child.answers.get(timeout=TICK_S)
            except queue.Empty:
                waiting()
                if time.monotonic() > give_up:
                    raise _too_long() from None
                continue
            if line is None:
                raise child.why_it_ended()
            found: dict[str, Any] = json.loads(line, object_hook=sentence.object_from_json)
            return found

    def _taken(self) -> _Child:
        with self._lock:
            child, self._warm = self._warm, None
        return child if child is not None and child.is_alive else _Child()

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            if self._warm is None and child.is_alive:
                self._warm = child
                return
        child.end()


class _Child:
    """One process that waits for tasks."""

    def __init__(self) -> None:
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "aecore.imaging.decode_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(),
                start_new_session=os.name != "nt",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
                | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
            )
        except OSError as problem:
            raise JobError(
                "No process can be started to read pictures in ({strerror}).",
                "Try again in a moment.",
                strerror=problem.strerror,
            ) from problem
        self.answers: queue.Queue[bytes | None] = queue.Queue()
        listener = threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True)
        listener.start()

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, what: dict[str, Any]) -> None:
        """Send a task; one that is dead is told of by the end of its answers."""
        pipe = self.process.stdin
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.write(json.dumps(what).encode() + b"\n")
                pipe.flush()

    def end(self) -> None:
        """End it now, whatever it does."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()

    def why_it_ended(self) -> PictureError:
        code = self.process.wait()
        if os.name != "nt" and code == -signal.SIGXCPU:
            return _too_long()
        if os.name != "nt" and code == -signal.SIGKILL:
            return PictureError(
                "There was not enough memory to read this picture.", "Make it smaller."
            )
        return PictureError(
            "The picture cannot be read: its decoder broke off.", "Save it again as PNG or JPEG."
        )

    def _listen(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self.answers.put(line)
        self.answers.put(None)


def _too_long() -> PictureError:
    return PictureError(
        "Reading this picture takes far longer than an honest one of its size.",
        "Save it again as PNG or JPEG.",
    )


def _environment() -> dict[str, str]:
    return {**environment(), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
