"""The memory of this machine, or of the container that this process is in."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path, PurePosixPath

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")
_LIMITS = ("memory.max", "memory.limit_in_bytes")


def n_machine_bytes() -> int | None:
    """Memory of this machine, or of the container that this process is in; None: not known."""
    found = cgroup_limits()
    with contextlib.suppress(AttributeError, OSError, ValueError):  # Windows
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(found, default=None)


def cgroup_limits() -> list[int]:
    """Limits of the control groups that this process is in, versions 1 and 2, bytes.

    A group is bounded by all that it lies in as well.
    """
    folders = [_CGROUPS, _CGROUPS / "memory"]
    with contextlib.suppress(OSError):
        for line in _OWN_CGROUP.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers in ("", "memory"):
                own = PurePosixPath(path.lstrip("/"))
                groups = [own, *own.parents]
                folders += [_CGROUPS / controllers / group for group in groups]
    found = []
    for file in (folder / name for folder in folders for name in _LIMITS):
        with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
            found.append(int(file.read_text()))
    return found
