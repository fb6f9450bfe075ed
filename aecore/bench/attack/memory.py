"""Memory of a process and of what decodes for it, taken at one time."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SAMPLED_S = 0.01
_STEADY_S, _STEADY_MB = 5.0, 5.0


@dataclass
class Growth:
    """By how much memory grew in a block, MB; None where the system does not tell.

    Parameters
    ----------
    mb
        At the most, of the process and its children together, at one time.
    own_mb, children_mb
        The two parts of it at that time.
    left_mb
        What the process itself holds more than before when the block ends.
    """

    mb: float | None = None
    own_mb: float = 0.0
    children_mb: float = 0.0
    left_mb: float = 0.0


@contextlib.contextmanager
def memory_growth() -> Iterator[Growth]:
    """How far the memory of this process and of its children rises in the block."""
    with family_growth(os.getpid()) as found:
        yield found


@contextlib.contextmanager
def family_growth(parent: int) -> Iterator[Growth]:
    """How far the memory of a process and of its children rises in the block.

    Resident memory, on Linux: the peak (VmHWM) of each process since the last sample is added up
    and the peak begun anew, so that nothing between samples is missed, and peaks that fall at
    different times are not added. A child that is started within counts over nothing.
    """
    found = Growth()
    before = {pid: _status(pid, "VmRSS") or 0.0 for pid in _family(parent)}
    if not before[parent]:
        yield found
        return
    for pid in before:
        _begin_peak_anew(pid)
    is_over = threading.Event()

    def sample() -> None:
        peaks = {pid: _peak(pid) - before.get(pid, 0.0) for pid in _family(parent)}
        total = sum(peaks.values())
        if found.mb is None or total > found.mb:
            found.mb, found.own_mb = max(0.0, total), peaks[parent]
            found.children_mb = total - peaks[parent]

    def watch() -> None:
        while not is_over.wait(_SAMPLED_S):
            sample()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        is_over.set()
        watcher.join()
        sample()
        found.left_mb = (_status(parent, "VmRSS") or 0.0) - before[parent]


def wait_until_steady(pid: int, patience_s: float = 60.0) -> None:
    """Wait until a process has imported what it imports once: its memory no longer grows."""
    give_up = time.monotonic() + patience_s
    held = _status(pid, "VmRSS") or 0.0
    while time.monotonic() < give_up:
        time.sleep(_STEADY_S)
        before, held = held, _status(pid, "VmRSS") or 0.0
        if held - before < _STEADY_MB:
            return


def _peak(pid: int) -> float:
    """The most that a process held since this was asked last, MB."""
    found = _status(pid, "VmHWM") or 0.0
    _begin_peak_anew(pid)
    return found


def _begin_peak_anew(pid: int) -> None:
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def _family(parent: int) -> list[int]:
    """A process and what decodes for it; what workers take is no stranger's file."""
    found = [parent]
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(pid) for pid in task.read_text().split() if _decodes(int(pid))]
    return found


def _decodes(pid: int) -> bool:
    """Whether it is a child that decodes; one that was just started still has its parent's name
    and memory."""
    with contextlib.suppress(OSError):
        return b"aecore.imaging.decode_child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _status(pid: int, field: str) -> float | None:
    """A line of /proc, MB."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) / 1024
    return None
