"""The memory of this machine, and whether what a job will need fits into it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from aecore.errors import JobError
from aecore.sentence import Sentence

APP_BYTES = 700_000_000
"""What is left to the app and the system: a server with forty visitors holds about so much."""
WORKER_BYTES = 400_000_000
"""What a worker with torch holds of its own before it begins."""
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")
_MEMORY = Path("/proc/meminfo")
_LIMITS = ("memory.max", "memory.limit_in_bytes")


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


def n_machine_bytes() -> int | None:
    """Memory of this machine, or of the container that this process is in; None: not known."""
    found = list(_cgroup_limits())
    with contextlib.suppress(AttributeError, OSError, ValueError):  # Windows
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(found, default=None)


def n_free_bytes() -> int | None:
    """Memory that could be taken now without swapping, on Linux; None: not known."""
    with contextlib.suppress(OSError, StopIteration, ValueError, IndexError):
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable"))
        limits = (limit - APP_BYTES for limit in _cgroup_limits())
        return max(0, min([int(line.split()[1]) * 1024, *limits]))
    return None


def _cgroup_limits() -> list[int]:
    """Limits of the control groups that this process is in, versions 1 and 2, bytes."""
    folders = [_CGROUPS, _CGROUPS / "memory"]
    with contextlib.suppress(OSError):
        for line in _OWN_CGROUP.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers in ("", "memory"):
                folders += [_CGROUPS / controllers / path.lstrip("/")]
    found = []
    for file in (folder / name for folder in folders for name in _LIMITS):
        with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
            found.append(int(file.read_text()))
    return found
