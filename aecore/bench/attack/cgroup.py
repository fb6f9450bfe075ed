"""A limit on the memory that a process and all it starts take together: a cgroup of Linux."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
_LIMIT = {1: "memory.limit_in_bytes", 2: "memory.max"}
_EVENTS = {1: "memory.oom_control", 2: "memory.events"}


@dataclass
class MemoryLimit:
    """What a command is started under.

    Parameters
    ----------
    prefix
        Words that stand before the command; none where there is no limit.
    reason
        Why there is none; "" where there is.
    n_killed
        Processes that the system ended because memory ran out, once the block has ended.
    """

    prefix: tuple[str, ...] = ()
    reason: str = ""
    n_killed: int = 0


@contextlib.contextmanager
def memory_limit(n_bytes: int) -> Iterator[MemoryLimit]:
    """A cgroup below that of this process, with a limit; removed once what ran in it has ended.

    Where the system has no cgroups, or does not let this process make one (a container, an
    ordinary user whose session has no memory controller), the limit says why there is none.
    """
    if os.name != "posix" or not ROOT.is_dir():
        yield MemoryLimit(reason="this system has no cgroups")
        return
    version = 2 if (ROOT / "cgroup.controllers").exists() else 1
    group = _own_group(version) / f"aecore-bench-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as problem:
        yield MemoryLimit(reason=f"no cgroup may be made here: {problem.strerror}")
        return
    try:
        (group / _LIMIT[version]).write_text(str(n_bytes))
    except OSError:
        group.rmdir()
        yield MemoryLimit(reason="the memory controller is not this process's to use")
        return
    limit = MemoryLimit(("sh", "-c", f'echo $$ > "{group}/cgroup.procs"; exec "$@"', "limited"))
    try:
        yield limit
    finally:
        limit.n_killed = _killed(group / _EVENTS[version])
        _remove(group)


def _own_group(version: int) -> Path:
    """The cgroup of this process that bounds its memory."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        if version == 2 and number == "0":
            return ROOT / path.lstrip("/")
        if version == 1 and "memory" in controllers.split(","):
            return ROOT / "memory" / path.lstrip("/")
    return ROOT / "memory"


def _killed(events: Path) -> int:
    with contextlib.suppress(OSError):
        for line in events.read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    return 0


def _remove(group: Path, patience_s: float = 5.0) -> None:
    give_up = time.monotonic() + patience_s
    while group.exists() and time.monotonic() < give_up:
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.1)
