"""When something that costs time is due again, so that it takes its share and no more."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Pace:
    """Due at first, then at most every `every_s` seconds, and rarer where it takes long.

    Parameters
    ----------
    share
        Of all time, in (0, 1), that it may take.
    latest_s
        But it is due after so many seconds, whatever it takes.
    """

    def __init__(self, every_s: float, share: float, latest_s: float = math.inf) -> None:
        self._every_s, self._share, self._latest_s = every_s, share, latest_s
        self._due = float("-inf")

    def is_due(self) -> bool:
        """Whether it is time again."""
        return time.perf_counter() >= self._due

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Around the work: how long it takes decides when it is due again."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            end = time.perf_counter()
            wait_s = max(self._every_s, (end - begin) / self._share)
            self._due = end + min(wait_s, self._latest_s)
