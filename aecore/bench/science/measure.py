"""Each family shown to do what its paper says: claim, our figure, the reference, pass or miss.

Each group says in its first lines what it costs. Trainings use a GPU by themselves where there is
one; what is measured of the trained runs is measured on the CPU.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from aecore.bench.report import Figure
from aecore.data.sources import is_here
from aecore.errors import DataError
from aecore.store import Store

GROUPS = (
    "aecore.bench.science.reconstruction",
    "aecore.bench.science.codes",
    "aecore.bench.science.labels",
    "aecore.bench.science.generation",
    "aecore.bench.science.repair",
    "aecore.bench.science.disentangling",
    "aecore.bench.science.likelihood",
)


def figures(store: Store, *, quick: bool = False) -> Iterator[Figure]:
    """All claims; what they train is kept as ordinary runs.

    Parameters
    ----------
    quick
        Leave out what takes over a few minutes of two cores; the last figure says what that was.

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
    left_out: list[str] = []
    for name in GROUPS:
        group = importlib.import_module(name)
        yield from group.figures(store, quick=quick)
        left_out += group.LEFT_OUT
    if quick:
        yield Figure("left out by --quick", len(left_out), "groups", reference="; ".join(left_out))
