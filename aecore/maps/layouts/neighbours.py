"""The nearest codes of each code, found exactly: what UMAP and t-SNE begin with."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from aecore.artifact import Progress

_CHUNK = 4096


@dataclass(frozen=True)
class Neighbours:
    """The nearest others of each point, the nearest first.

    Parameters
    ----------
    index
        int64 `(m, k)`.
    distance
        float32 `(m, k)`, Euclidean.
    """

    index: np.ndarray
    distance: np.ndarray


def nearest(z: np.ndarray, k: int) -> Generator[Progress, None, Neighbours]:
    """The `k` nearest others of each of `(m, D)` points, by scikit-learn's search through all.

    For codes it is faster than approximate search up to some hundred thousand, needs
    nothing compiled, and is the same for the same points.
    """
    from sklearn.neighbors import NearestNeighbors

    m = len(z)
    search = NearestNeighbors(n_neighbors=k + 1, algorithm="brute").fit(z)
    index = np.empty((m, k), np.int64)
    distance = np.empty((m, k), np.float32)
    yield Progress("finding neighbours", 0, m)
    for start in range(0, m, _CHUNK):
        here = np.arange(start, min(m, start + _CHUNK))
        far, neighbours = search.kneighbors(z[here])  # (c, k + 1)
        is_other = neighbours != here[:, None]
        is_other[is_other.all(1), -1] = False  # rounding put others before the point itself
        index[here] = neighbours[is_other].reshape(-1, k)
        distance[here] = far[is_other].reshape(-1, k)
        yield Progress("finding neighbours", int(here[-1]) + 1, m)
    return Neighbours(index, distance)
