"""How far a map keeps neighbours: trustworthiness and continuity, one number each."""

from __future__ import annotations

import numpy as np

from aecore.errors import DataError

N_SCORED = 2000
"""Points whose neighbours are looked at, at the most; the mean over them is the score."""
_N_COMPARED = 20_000_000
"""Pairs of points that a score looks at: of very many points, fewer are compared with all."""
_N_SCORED_LEAST = 500
_CHUNK_VALUES = 4_000_000
"""Distances held at once."""


def trustworthiness(codes: np.ndarray, positions: np.ndarray, k: int = 10, seed: int = 0) -> float:
    """How far neighbours on the map are neighbours among the codes; 0 to 1, high is good.

    Venna & Kaski 2001, "Neighborhood preservation in nonlinear projection methods: An
    experimental study", ICANN, doi:10.1007/3-540-44668-0_68:
    `T(k) = 1 - 2 / (n k (2 n - 3 k - 1)) sum_i sum_j (r(i, j) - k)`, over the `k` nearest
    `j` of each `i` on the map that are not among its `k` nearest codes; `r(i, j)` is the
    rank of `j` by the distance of its code from that of `i`, 1 for the nearest.

    A map drawn by chance has about 0.5. Of many points the sum goes over `n_scored` of them,
    drawn by the seed, and each is still compared with all: the same in expectation.

    Parameters
    ----------
    codes, positions
        `(n, D)` and `(n, d)`.
    k
        Neighbours of a point, under `n / 2`.

    Raises
    ------
    DataError
        If there are too few points for so many neighbours.

    Examples
    --------
    >>> z = np.random.default_rng(0).normal(size=(50, 3))
    >>> trustworthiness(z, z[:, :2] * 0 + z[:, :2], k=5) < trustworthiness(z, z, k=5)
    True
    """
    n = len(codes)
    if not 1 <= k < n / 2:
        raise DataError(
            "{n} points are too few for {k} neighbours of each.",
            "Choose fewer neighbours, or more samples: over twice as many as neighbours.",
            n=n,
            k=k,
        )
    scored = np.arange(n)
    if n > n_scored(n):
        scored = np.sort(np.random.default_rng(seed).permutation(n)[: n_scored(n)])
    return float(trustworthiness_by_point(codes, positions, k, scored).mean())


def trustworthiness_by_point(
    codes: np.ndarray, positions: np.ndarray, k: int, scored: np.ndarray
) -> np.ndarray:
    """What each point adds to `trustworthiness`, of which it is the mean; at most 1, high is good.

    Parameters
    ----------
    scored
        int `(m,)`, the points that are looked at, each compared with all.

    Returns
    -------
    numpy.ndarray
        float64 `(m,)`.
    """
    from scipy.spatial.distance import cdist

    n = len(codes)
    codes, positions = codes.astype(np.float64), positions.astype(np.float64)
    chunk = max(1, _CHUNK_VALUES // n)
    missed = np.zeros(len(scored))
    for start in range(0, len(scored), chunk):
        here = scored[start : start + chunk]  # (c,)
        own = np.arange(len(here)), here
        near = cdist(positions[here], positions)  # (c, n)
        near[own] = np.inf
        neighbours = np.argpartition(near, k - 1, axis=1)[:, :k]  # (c, k)
        far = cdist(codes[here], codes)  # (c, n)
        far[own] = np.inf
        limits = np.take_along_axis(far, neighbours, axis=1)  # (c, k)
        for column in limits.T:
            ranks = (far < column[:, None]).sum(1) + 1
            missed[start : start + chunk] += np.maximum(0, ranks - k)
    return 1.0 - 2.0 * missed / (k * (2.0 * n - 3.0 * k - 1.0))


def kept_neighbours(
    codes: np.ndarray, positions: np.ndarray, k: int = 10, of: np.ndarray | None = None
) -> np.ndarray:
    """Share of the `k` neighbours of each code that are its neighbours on the map too.

    From 0 to 1, high is good; `k / (n - 1)` on a map by chance.

    Parameters
    ----------
    of
        int `(m,)`, the points that are looked at; None: all.

    Returns
    -------
    numpy.ndarray
        float32 `(m,)`.
    """
    n = len(codes)
    if not 1 <= k < n:
        raise DataError(
            "{n} points do not have {k} neighbours each.", "Choose fewer neighbours.", n=n, k=k
        )
    looked = np.arange(n) if of is None else of
    near, true = (_neighbours(space, looked, k) for space in (positions, codes))
    is_kept = (near[:, :, None] == true[:, None, :]).any(2)  # (m, k)
    share: np.ndarray = is_kept.mean(1).astype(np.float32)
    return share


def _neighbours(space: np.ndarray, of: np.ndarray, k: int) -> np.ndarray:
    """The `k` nearest others of some points, int64 `(m, k)`."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=k + 1).fit(space)
    found = search.kneighbors(space[of], return_distance=False)  # (m, k + 1)
    is_other = found != of[:, None]
    is_other[is_other.all(1), -1] = False  # others lie on the same place
    others: np.ndarray = found[is_other].reshape(-1, k)
    return others


def continuity(codes: np.ndarray, positions: np.ndarray, k: int = 10, seed: int = 0) -> float:
    """How far neighbours among the codes stay neighbours on the map; 0 to 1, high is good.

    Venna & Kaski 2001: trustworthiness with the two spaces exchanged. See there.
    """
    return trustworthiness(positions, codes, k, seed)


def n_scored(n: int) -> int:
    """Of how many of `n` points the neighbours are looked at."""
    return min(n, N_SCORED, max(_N_SCORED_LEAST, _N_COMPARED // max(1, n)))
