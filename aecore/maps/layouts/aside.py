"""A long call into a library, made in a thread of its own so that it tells how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import TypeVar

from aecore.artifact import Progress

T = TypeVar("T")
Tell = Callable[[int, int], None]
"""Called by the work with steps done and steps in all; raises where the work must stop."""

POLL_S = 0.1


class _StoppedError(BaseException):
    """Passes through the library, whatever `Exception` it catches, and ends the thread."""


def aside(phase: str, work: Callable[[Tell], T]) -> Generator[Progress, None, T]:
    """Run `work` in a thread and yield how far it is; returns what it returns.

    Closing the generator stops the work at the next step that it tells of, and waits for it.
    """
    done: list[T] = []
    problems: list[BaseException] = []
    is_over = threading.Event()
    must_stop = threading.Event()
    steps = [0, 0]

    def tell(n_done: int, n_total: int) -> None:
        if must_stop.is_set():
            raise _StoppedError
        steps[:] = n_done, n_total

    def run() -> None:
        try:
            done.append(work(tell))
        except BaseException as problem:  # noqa: BLE001 - it is raised again where it is waited for
            problems.append(problem)
        finally:
            is_over.set()

    thread = threading.Thread(target=run, name=phase, daemon=True)
    thread.start()
    try:
        yield Progress(phase, *steps)
        while not is_over.wait(POLL_S):
            yield Progress(phase, *steps)
    finally:
        must_stop.set()
        thread.join()
    if problems:
        raise problems[0]
    return done[0]
