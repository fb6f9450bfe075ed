"""How this process keeps memory between the steps of a training."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_LARGEST = 2**30


def keep_freed_memory() -> bool:
    """Let the C library keep the memory of a step for the next one; True where it does.

    glibc asks the system for each large tensor anew and gives it back at once, so that every
    page of every activation is cleared and mapped again in each step: on two cores a fifth to
    a half of the time of a convolutional step. What is kept is what one step needs.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    return all(tell(option, _LARGEST) for option in (_MMAP_THRESHOLD, _TRIM_THRESHOLD))
