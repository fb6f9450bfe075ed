"""The nearest samples by their values as they are: exact, block by block, in little memory."""

from __future__ import annotations

import numpy as np

from aecore.data.samples import SampleSet
from aecore.latent.search import Measure, Neighbours

_N_VALUES = 8_000_000
"""Values of samples that are held as floats at once."""
_N_SPARE = 16
"""Candidates beyond k, of distances in single precision, that are measured again."""


class PixelSearch:
    """Finds the nearest of samples that may stay on disk.

    Parameters
    ----------
    samples
        What is searched.
    rows
        int64 `(n_rows,)`, which of them.
    measure
        "cosine", or anything else for Euclid's distance: so many values have no covariance that
        could be learnt.
    """

    def __init__(self, samples: SampleSet, rows: np.ndarray, measure: Measure = "euclid") -> None:
        self._samples, self._rows, self._is_cosine = samples, rows, measure == "cosine"
        self._n_block = max(1, _N_VALUES // int(np.prod(samples.shape)))

    def nearest(self, x: np.ndarray, k: int = 10) -> Neighbours:
        """The `k` nearest of raw samples `(n, *shape)`; rows count within `rows`."""
        rounded, k = self.distances(x), min(k, len(self._rows))
        n = min(k + _N_SPARE, len(self._rows))
        near = [
            self._measured(x[i : i + 1], np.argpartition(rounded[i], n - 1)[:n], k)
            for i in range(len(x))
        ]
        return Neighbours(
            np.array([each.rows for each in near], np.int64).reshape(len(x), k),
            np.array([each.distance for each in near]).reshape(len(x), k),
        )

    def distances(self, x: np.ndarray) -> np.ndarray:
        """To every sample, float32 `(n, n_rows)`, rounded."""
        asked = self._flat(x)
        distances = np.empty((len(x), len(self._rows)), np.float32)
        for start in range(0, len(self._rows), self._n_block):
            here = slice(start, start + self._n_block)
            known = self._flat(np.asarray(self._samples.x[self._rows[here]]))
            squared = asked @ known.T
            squared *= -2
            squared += np.einsum("nf,nf->n", known, known)
            squared += np.einsum("nf,nf->n", asked, asked)[:, None]
            distances[:, here] = np.maximum(squared, 0)
        return distances / 2 if self._is_cosine else np.sqrt(distances, out=distances)

    def _measured(self, x: np.ndarray, candidates: np.ndarray, k: int) -> Neighbours:
        """The `k` nearest of candidates to one sample, measured without loss."""
        known = self._flat(np.asarray(self._samples.x[self._rows[candidates]])).astype(np.float64)
        squared = np.square(known - self._flat(x)).sum(1)
        order = np.lexsort((candidates, squared))[:k]
        distance = squared[order] / 2 if self._is_cosine else np.sqrt(squared[order])
        return Neighbours(candidates[order], distance)

    def _flat(self, x: np.ndarray) -> np.ndarray:
        flat = self._samples.to_scaled(x).reshape(len(x), -1)
        if self._is_cosine:
            flat = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
        return flat
