"""Housekeeping of a server on which nothing is computed; where jobs run, they do it."""

from __future__ import annotations

import asyncio
import contextlib

from aecore.errors import AecoreError
from aecore.jobs.litter import clear_litter
from pages.ui import backend

EVERY_S = 3600.0


async def keep_clean(every_s: float = EVERY_S) -> None:
    """Clear away what is over and what killed processes left, now and then, until cancelled.

    A store that cannot be written, or not now, is left to the next time.
    """
    while True:
        await asyncio.sleep(every_s)
        with contextlib.suppress(AecoreError, OSError):
            await asyncio.to_thread(clear_litter, backend.store())
