"""Whether what a job will need fits into the memory of this machine."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from aecore.errors import JobError
from aecore.machine import cgroup_limits, n_machine_bytes
from aecore.sentence import Sentence

APP_BYTES = 700_000_000
"""What is left to the app and the system: a server with forty visitors holds about so much."""
WORKER_BYTES = 400_000_000
"""What a worker with torch holds of its own before it begins."""
_LEAST_READING = 500_000_000
_MEMORY = Path("/proc/meminfo")


@dataclass(frozen=True)
class MemoryNeed:
    """What a job will take, estimated before it begins.

    Parameters
    ----------
    n_bytes
        Of its worker process, at its peak.
    what
        What would take it, for a person: "This photograph".
    fits
        What would fit here, in a sentence.
    """

    n_bytes: float
    what: str
    fits: str


def check_memory(need: MemoryNeed) -> None:
    """Make sure that a job can fit into this machine, were it alone.

    Raises
    ------
    JobError
    """
    n_bytes = n_job_bytes()
    if n_bytes is not None and need.n_bytes > n_bytes:
        raise JobError(
            Sentence(
                "{what} would take about {needed_gb:.2g} GB of memory; "
                "{free_gb:.2g} GB of this machine are there for it.",
                what=need.what,
                needed_gb=need.n_bytes / 1e9,
                free_gb=max(0, n_bytes) / 1e9,
            ),
            need.fits,
        )


def n_job_bytes() -> int | None:
    """What one job may take of this machine; None where that is not known."""
    n_bytes = n_machine_bytes()
    return None if n_bytes is None else n_bytes - APP_BYTES


def reading_bytes(most: int) -> int:
    """What reading one upload may take: `most`, and no more than half of what jobs have here."""
    n_bytes = n_job_bytes()
    return most if n_bytes is None else max(_LEAST_READING, min(most, n_bytes // 2))


def n_free_bytes() -> int | None:
    """Memory that could be taken now without swapping, on Linux; None: not known."""
    with contextlib.suppress(OSError, StopIteration, ValueError, IndexError):
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable"))
        limits = (limit - APP_BYTES for limit in cgroup_limits())
        return max(0, min([int(line.split()[1]) * 1024, *limits]))
    return None
