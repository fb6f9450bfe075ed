"""Each family shown to do what its paper says: claim, our figure, the reference, pass or miss."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from aecore.bench.report import Figure
from aecore.data.sources import is_here
from aecore.errors import DataError
from aecore.store import Store

GROUPS = (
    "aecore.bench.science_reconstruction",
    "aecore.bench.science_codes",
    "aecore.bench.science_generation",
)


def figures(store: Store, *, quick: bool = False) -> Iterator[Figure]:
    """All claims; what they train is kept as ordinary runs.

    Parameters
    ----------
    quick
        Leave out what takes over a few minutes of two cores; each group says what that is.

    Raises
    ------
    DataError
        If MNIST is neither here nor can be downloaded: the claims are about it.
    """
    if not is_here("mnist"):
        raise DataError(
            "The claims are about MNIST, which is not here.",
            "Put it into the data folder (AECORE_DATA), or bring it in: aecore data mnist",
        )
    for group in GROUPS:
        yield from importlib.import_module(group).figures(store, quick=quick)
