"""What decoders have to say about a damaged file is kept out of the log: it may be megabytes."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator

_LOG = logging.getLogger("tifffile")


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """No warning of Pillow or tifffile is shown or logged within the block."""
    was_disabled = _LOG.disabled
    _LOG.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        _LOG.disabled = was_disabled
