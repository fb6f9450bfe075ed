"""What is slow is loaded once the first page stands: torch, here and in a spare worker."""

from __future__ import annotations

import contextlib
import gc
import importlib
import threading

from aecore.errors import AecoreError
from aecore.jobs.lifetime import end_lifetimes
from pages.ui import backend

_DELAY_S = 1.5  # from the first finished page run until its browser has painted it
_lock = threading.Lock()
_timer: threading.Timer | None = None
_allowed = False


def allow() -> None:
    """Let the first page start the loading; the server calls this, tests do not."""
    global _allowed  # noqa: PLW0603 - one switch of the process
    _allowed = True


def after_first_paint() -> None:
    """Start loading shortly after now; only the first call of a process does anything."""
    global _timer  # noqa: PLW0603
    with _lock:
        if not _allowed or _timer is not None:
            return
        _timer = threading.Timer(_DELAY_S, _load)
        _timer.daemon = True
        _timer.start()


def stop() -> None:
    """Do not begin any more, as the server goes down."""
    if _timer is not None:
        _timer.cancel()


def _load() -> None:
    with contextlib.suppress(AecoreError):  # told on the page where somebody asks for something
        backend.engine()  # its spare worker loads torch for itself, on the other core
        end_lifetimes(backend.store())
    # By name, at this moment: pages and what they import on their way know nothing of torch.
    importlib.import_module("aecore.runs").load_torch(n_threads=1)
    settle()


def settle() -> None:
    """Take what is imported by now out of garbage collection: it stays for good."""
    gc.collect()
    gc.freeze()
