"""A way from one code to another that stays where codes are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from aecore.errors import DataError, SpecError, TooFewSamplesError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

N_NEAR = 12
"""Nearest codes of each that a step may go to."""
POWER = 3.0
"""A step costs its length to this power: many short ones through crowds are cheaper than a leap."""
N_DENSITY = 10
"""The neighbour whose distance tells how crowded it is at a place."""


@dataclass(frozen=True)
class DataGraph:
    """Codes with their nearest neighbours, along which paths go.

    Shortest paths where a step of length `d` costs `d ** POWER` stay in dense regions (Bijral,
    Ratliff & Srebro 2011, "Semi-supervised Learning with Density Based Distances", UAI,
    arXiv:1202.3702; on graphs of neighbours as in Isomap, Tenenbaum, de Silva & Langford 2000,
    doi:10.1126/science.290.5500.2319).

    Parameters
    ----------
    z
        float32 `(n, D)`.
    """

    z: np.ndarray

    def __post_init__(self) -> None:
        if len(self.z) < 3:
            raise TooFewSamplesError(
                "{n_z} codes are too few for a path along the data.",
                "Use more samples.",
                n_z=len(self.z),
            )

    @cached_property
    def _graph(self) -> csr_array:
        """Costs of steps between neighbours, `(n, n)`; in one piece."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components
        from sklearn.neighbors import NearestNeighbors

        n = len(self.z)
        k = min(N_NEAR, n - 1)
        far, index = NearestNeighbors(n_neighbors=k).fit(self.z).kneighbors()  # without itself
        rows = np.repeat(np.arange(n), k)
        costs = far.ravel().astype(np.float64) ** POWER + 1e-12  # equal codes are neighbours too
        graph = csr_array((costs, (rows, index.ravel())), shape=(n, n))
        graph = graph.maximum(graph.T)
        n_pieces, piece = connected_components(graph, directed=False)
        return graph if n_pieces == 1 else self._joined(graph, piece)

    def _joined(self, graph: csr_array, piece: np.ndarray) -> csr_array:
        """Pieces that are no neighbours of each other, joined to the largest at their nearest."""
        from scipy.sparse import csr_array
        from sklearn.neighbors import NearestNeighbors

        counts = np.bincount(piece)
        largest = np.flatnonzero(piece == counts.argmax())
        search = NearestNeighbors(n_neighbors=1).fit(self.z[largest])
        starts, ends, costs = [], [], []
        for other in np.flatnonzero(np.arange(len(counts)) != counts.argmax()):
            members = np.flatnonzero(piece == other)
            far, index = search.kneighbors(self.z[members])
            best = int(far[:, 0].argmin())
            starts.append(members[best])
            ends.append(largest[index[best, 0]])
            costs.append(far[best, 0] ** POWER + 1e-12)
        bridges = csr_array((costs, (starts, ends)), shape=graph.shape)
        return graph + bridges + bridges.T

    def stations(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The codes that the cheapest way from near `a` to near `b` goes through, int64."""
        from scipy.sparse.csgraph import dijkstra

        start, end = (int(np.square(self.z - point).sum(1).argmin()) for point in (a, b))
        _, before = dijkstra(self._graph, directed=False, indices=start, return_predecessors=True)
        way = [end]
        while way[-1] != start:
            way.append(int(before[way[-1]]))
        return np.array(way[::-1], np.int64)

    def _middles(self, stations: np.ndarray) -> np.ndarray:
        """Mean of each station and its neighbours, float64 `(m, D)`."""
        from sklearn.neighbors import NearestNeighbors

        k = min(N_NEAR, len(self.z) - 1)
        search = NearestNeighbors(n_neighbors=k).fit(self.z)
        index = search.kneighbors(self.z[stations], return_distance=False)  # (m, k), itself too
        middles: np.ndarray = self.z[index].mean(1, dtype=np.float64)
        return middles

    def path(self, a: np.ndarray, b: np.ndarray, n_steps: int = 16) -> np.ndarray:
        """Codes on the way from `a` to `b` along the data, float32 `(n_steps, D)`.

        It goes through the mean of the neighbours of each station, for a code by itself lies at
        the rim of the crowd. Its steps are of equal length, and its ends are `a` and `b`.

        Raises
        ------
        SpecError
            For fewer than 2 or more than 256 steps.
        DataError
            If the ends are no finite codes of this dimension.
        """
        if not 2 <= n_steps <= 256:
            raise SpecError(
                "A path cannot have {n_steps} steps.", "Ask for 2 to 256.", n_steps=n_steps
            )
        ends = np.stack([np.asarray(a, np.float64), np.asarray(b, np.float64)])
        if ends.shape != (2, self.z.shape[1]) or not np.isfinite(ends).all():
            raise DataError("These are not two codes of this model.", "Give finite codes.")
        through = self._middles(self.stations(*ends))
        corners = _rounded(np.concatenate([ends[:1], through, ends[1:]]))
        path = _evenly(corners, n_steps).astype(np.float32)
        path[0], path[-1] = ends
        return path


def _rounded(corners: np.ndarray) -> np.ndarray:
    """Each corner moved to the mean of itself and its neighbours (1, 2, 1), the ends stay."""
    rounded = corners.copy()
    rounded[1:-1] = (corners[:-2] + 2 * corners[1:-1] + corners[2:]) / 4
    return rounded


def _evenly(corners: np.ndarray, n_steps: int) -> np.ndarray:
    """Points at equal distances along a line through corners, float64 `(n_steps, D)`."""
    length = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))]
    at = np.linspace(0.0, length[-1], n_steps)
    index = np.clip(np.searchsorted(length, at, side="right") - 1, 0, len(corners) - 2)
    span = np.maximum(length[index + 1] - length[index], 1e-12)
    t = np.clip((at - length[index]) / span, 0.0, 1.0)[:, None]
    points: np.ndarray = (1 - t) * corners[index] + t * corners[index + 1]
    return points


def emptiness(path: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Distance from each code of a path to its tenth neighbour among others, float64 `(m,)`.

    Low is good: it says how crowded it is there; judge by codes that no path was laid along.
    """
    from sklearn.neighbors import NearestNeighbors

    k = min(N_DENSITY, len(z))
    far, _ = NearestNeighbors(n_neighbors=k).fit(z).kneighbors(path)
    distances: np.ndarray = far[:, -1].astype(np.float64)
    return distances
