"""Samples that a set holds twice, or almost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.data.samples import SampleSet
from aecore.latent.search import NearestSearch

WITHIN = 0.02
"""Root mean squared difference of values in [0, 1], within which two pictures look the same."""
_N_CANDIDATES = 6
_N_EXACT = 5000
"""Samples up to which every one is compared with all; of more, an index finds the candidates."""
_N_VALUES = 8_000_000


@dataclass(frozen=True)
class Duplicates:
    """Pairs of samples that are alike, the nearest first.

    Parameters
    ----------
    pairs
        int64 `(n, 2)`, rows of the set, the smaller first.
    difference
        `(n,)`, root mean squared difference of values: of pictures scaled to [0, 1], of rows in
        standard deviations of each column. 0: a copy.
    """

    pairs: np.ndarray
    difference: np.ndarray

    def within(self, most: float) -> Duplicates:
        """Those whose difference is at most so large."""
        kept = self.difference <= most
        return Duplicates(self.pairs[kept], self.difference[kept])


def duplicates_of(
    samples: SampleSet,
    rows: np.ndarray,
    vectors: np.ndarray,
    within: float = WITHIN,
    n_max: int = 10_000,
) -> Duplicates:
    """Compare the nearest by code value by value.

    A copy has the same code, so that none is missed but where more than five others are as near;
    a picture that was shifted or turned is no duplicate.

    Parameters
    ----------
    rows
        int64 `(n,)`, what is searched.
    vectors
        `(n, D)`, their codes.
    n_max
        Pairs that are kept, at the most.
    """
    search = NearestSearch(vectors, n_exact=_N_EXACT, n_threads=1)
    near = search.nearest(vectors, min(_N_CANDIDATES, len(rows))).rows
    one = np.repeat(np.arange(len(rows)), near.shape[1])
    pairs = np.sort(np.stack([one, near.ravel()], 1), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    pairs = rows[pairs]
    difference = _differences(samples, pairs)
    kept = np.flatnonzero(difference <= within)
    kept = kept[np.argsort(difference[kept], kind="stable")][:n_max]
    return Duplicates(pairs[kept].reshape(-1, 2), difference[kept])


def _differences(samples: SampleSet, pairs: np.ndarray) -> np.ndarray:
    differences = np.empty(len(pairs))
    spread = np.float32(255) if samples.is_pictures else samples.spread.reshape(-1)
    n_block = max(1, _N_VALUES // (2 * int(np.prod(samples.shape))))
    for start in range(0, len(pairs), n_block):
        here = slice(start, start + n_block)
        one, other = (np.asarray(samples.x[pairs[here, i]], np.float32) for i in (0, 1))
        apart = (one - other).reshape(len(one), -1) / spread
        differences[here] = np.sqrt(np.square(apart, dtype=np.float64).mean(1))
    return differences
