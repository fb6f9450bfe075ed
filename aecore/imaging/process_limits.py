"""Bounds that the system keeps on this process, where it knows them: memory and time."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import resource


@contextlib.contextmanager
def bounded_memory(n_bytes: int) -> Iterator[None]:
    """Within the block this process may take so much more address space, on Linux.

    What would take more raises MemoryError. Bounds are of the whole process: other threads that
    take memory meanwhile count.
    """
    n_taken = _n_mapped_bytes()
    if sys.platform == "win32" or n_taken is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = n_taken + n_bytes
    for other in (soft, hard):
        bound = bound if other == resource.RLIM_INFINITY else min(bound, other)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def bound_cpu(seconds: int) -> None:
    """End this process by SIGXCPU once it has computed so much longer than now, s."""
    if sys.platform == "win32":
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + seconds + 1, hard)
    )


def go_first(score: int) -> None:
    """Where memory runs out, let the system end this process before others, on Linux.

    Parameters
    ----------
    score
        0 (as any) to 1000 (before all others).
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(score))


def n_resident_bytes() -> int | None:
    """Memory that this process holds; None where it is not known."""
    return _statm(1)


def _n_mapped_bytes() -> int | None:
    return _statm(0)


def _statm(column: int) -> int | None:
    if sys.platform == "win32":
        return None
    try:
        found = Path("/proc/self/statm").read_text().split()[column]
    except OSError:
        return None
    return int(found) * resource.getpagesize()
