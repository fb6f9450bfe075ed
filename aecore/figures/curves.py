"""Curves over epochs: one colour a term, and thinned for the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from aecore.figures.colours import CLASS_COLOURS


@dataclass(frozen=True)
class Curve:
    """One line of a loss chart.

    Parameters
    ----------
    name
        The term it shows; the train and validation curves of a term share name and colour.
    x
        Epochs, `(n,)`, rising.
    y
        Loss, `(n,)`; NaN breaks the line.
    part
        Which part of the data it was measured on; "val" is drawn dashed.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    part: str = "train"

    @property
    def label(self) -> str:
        """Name and part, for a legend."""
        return f"{self.name} · {self.part}"


@dataclass(frozen=True)
class Thinned:
    """What is left of a curve: float32 `(k,)` each."""

    x: np.ndarray
    y: np.ndarray


def thin(x: np.ndarray, y: np.ndarray, n_max: int) -> Thinned:
    """At most `n_max` points of a curve; of each stretch the lowest and the highest survive.

    Spikes thus stay visible, and the first and the last point are kept.
    """
    x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
    if len(x) <= n_max:
        return Thinned(x, y)
    edges = np.linspace(0, len(x), max(1, (n_max - 2) // 2) + 1).astype(int)
    kept = {0, len(x) - 1}
    for start, end in pairwise(edges):
        piece = y[start:end]
        if np.isnan(piece).all():
            kept.add(int(start))
            continue
        kept.update((int(start + np.nanargmin(piece)), int(start + np.nanargmax(piece))))
    order = np.array(sorted(kept))
    return Thinned(x[order], y[order])


def term_colours(curves: Sequence[Curve]) -> dict[str, str]:
    """One colour a term, in the order the terms first appear."""
    names = list(dict.fromkeys(curve.name for curve in curves))
    return {name: CLASS_COLOURS[i % len(CLASS_COLOURS)] for i, name in enumerate(names)}
