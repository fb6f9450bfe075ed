"""When something that costs time is due again, so that it takes its share and no more."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Throttle:
    """Due at first, then at most every `every_s` seconds, and rarer where it takes long.

    Parameters
    ----------
    share
        Of all time, in (0, 1), that it may take.
    latest_s
        But it is due after so many seconds, whatever it takes.
    n_soon, soon_s, soon_share
        The first so many times may follow each other as soon as this, and take this share.
    """

    def __init__(
        self,
        every_s: float,
        share: float,
        latest_s: float = math.inf,
        *,
        n_soon: int = 0,
        soon_s: float = 0.0,
        soon_share: float = 1.0,
    ) -> None:
        self._every_s, self._share, self._latest_s = every_s, share, latest_s
        self._n_soon, self._soon = n_soon, (soon_s, soon_share)
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
            every_s, share = self._soon if self._n_soon > 0 else (self._every_s, self._share)
            self._n_soon -= 1
            wait_s = max(every_s, (end - begin) / share)
            self._due = end + min(wait_s, self._latest_s)
