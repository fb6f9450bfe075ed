"""What is alike: the nearest samples by code, beside those by pixels and by PCA; duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from aecore.data.samples import SampleSet
from aecore.errors import SpecError
from aecore.metrics.retrieval import Retrieval, hamming, retrieval
from aecore.runs import OpenRun
from aecore.studies.evaluation import PCABaseline

Space = Literal["code", "pca", "pixels"]
SPACES: tuple[Space, ...] = get_args(Space)
Measure = Literal["euclid", "cosine", "mahalanobis"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
N_SEARCHED = 20_000
"""Samples that are searched, at the most; exactly."""
N_JUDGED = 1000
COPY_WITHIN = 0.02
"""Root mean squared difference of values in [0, 1], within which two pictures are the same."""


@dataclass(frozen=True)
class Alike:
    """The nearest of each query.

    Parameters
    ----------
    rows
        int64 `(n, k)`, rows of the sample set, the nearest first.
    distance
        `(n, k)`, in the space that was searched.
    """

    rows: np.ndarray
    distance: np.ndarray


class SimilarSamples:
    """Finds the samples of a set that are most like any sample.

    Parameters
    ----------
    run
        Whose codes are compared.
    samples
        What is searched: of all parts, 20,000 drawn once where there are more.
    measure
        How two codes, or two samples as they are, are held against each other.

    Raises
    ------
    SpecError
        For a measure that there is not.
    """

    def __init__(
        self, run: OpenRun, samples: SampleSet, measure: Measure = "euclid", *, seed: int = 0
    ) -> None:
        if measure not in MEASURES:
            raise SpecError(
                f"There is no measure {measure!r:.40}.", f"Choose one of {', '.join(MEASURES)}."
            )
        self.run, self.samples = run, samples
        self.rows = np.sort(np.concatenate(list(samples.parts.values())))
        if len(self.rows) > N_SEARCHED:
            random = np.random.default_rng(seed)
            self.rows = np.sort(random.permutation(self.rows)[:N_SEARCHED])
        self._measure, self._seed = measure, seed
        self._pca = PCABaseline(samples, run.n_numbers)
        self._spaces: dict[Space, tuple[np.ndarray, np.ndarray]] = {}

    def nearest(self, x: np.ndarray, k: int = 10, space: Space = "code") -> Alike:
        """The `k` nearest of raw samples `(n, *shape)`, exactly.

        A sample of the set finds itself first.
        """
        distance = self._distances(x, space)
        places = np.argsort(distance, axis=1, kind="stable")[:, :k]
        return Alike(self.rows[places], np.take_along_axis(distance, places, 1))

    def judged(self, space: Space = "code") -> Retrieval | None:
        """Whether the nearest of held-out samples are of their class; None without labels."""
        labels = self.samples.labels
        if labels is None:
            return None
        searched = np.flatnonzero(labels[self.rows] >= 0)
        test = self.samples.parts["test"]
        places = searched[np.isin(self.rows[searched], test)]
        places = np.random.default_rng(self._seed).permutation(places)[:N_JUDGED]
        distance = self._distances(np.asarray(self.samples.x[self.rows[places]]), space)
        distance[np.arange(len(places)), places] = np.inf
        found = distance[:, searched]
        return retrieval(found, labels[self.rows[places]], labels[self.rows[searched]])

    def duplicates(self, within: float = COPY_WITHIN) -> np.ndarray:
        """Pairs of rows that look the same, int64 `(n, 2)`, the nearest first.

        The nearest by code are compared by pixels, so that only copies of copies are missed.
        """
        x = np.asarray(self.samples.x[self.rows])
        found = self.nearest(x, 6)
        flat = self._pixels(x)
        place_of = {int(row): place for place, row in enumerate(self.rows)}
        pairs = {}
        for place, others in enumerate(found.rows):
            for other in (place_of[int(row)] for row in others):
                if other > place:
                    apart = float(np.sqrt(np.square(flat[place] - flat[other]).mean()))
                    if apart <= within:
                        pairs[place, other] = apart
        ordered = sorted(pairs, key=lambda pair: pairs[pair])
        return np.array([self.rows[list(pair)] for pair in ordered], np.int64).reshape(-1, 2)

    def judged_bits(self, n_bits: int) -> Retrieval | None:
        """The same search by `n_bits` bits of the code, drawn by random hyperplanes.

        Charikar 2002, STOC (a bit is the side of a hyperplane through the mean code).
        """
        labels = self.samples.labels
        if labels is None:
            return None
        known, _ = self._space("code")
        planes = np.random.default_rng(self._seed).normal(size=(known.shape[1], n_bits))
        bits = np.packbits((known - known.mean(0)) @ planes > 0, axis=1)
        searched = np.flatnonzero(labels[self.rows] >= 0)
        places = searched[np.isin(self.rows[searched], self.samples.parts["test"])]
        places = np.random.default_rng(self._seed).permutation(places)[:N_JUDGED]
        distance = hamming(bits[places], bits).astype(np.float32)
        distance[np.arange(len(places)), places] = np.inf
        found = distance[:, searched]
        return retrieval(found, labels[self.rows[places]], labels[self.rows[searched]])

    def _distances(self, x: np.ndarray, space: Space) -> np.ndarray:
        from sklearn.metrics import pairwise_distances

        known, turn = self._space(space)
        asked = self._read(x, space) @ turn if turn.size else self._read(x, space)
        how = "cosine" if self._measure == "cosine" else "euclidean"
        return np.asarray(pairwise_distances(asked, known, metric=how), np.float64)

    def _space(self, space: Space) -> tuple[np.ndarray, np.ndarray]:
        """What is searched, and what turns a query into its terms (Mahalanobis: whitening)."""
        if space not in self._spaces:
            known, turn = self._read(np.asarray(self.samples.x[self.rows]), space), np.empty(0)
            if self._measure == "mahalanobis" and space != "pixels":
                from sklearn.covariance import LedoitWolf

                values, vectors = np.linalg.eigh(LedoitWolf().fit(known).covariance_)
                turn = vectors / np.sqrt(np.maximum(values, 1e-12))
                known = known @ turn
            self._spaces[space] = known, turn
        return self._spaces[space]

    def _read(self, x: np.ndarray, space: Space) -> np.ndarray:
        if space == "code":
            return self.run.encode(x).astype(np.float64)
        if space == "pca":
            return np.asarray(self._pca.encode(x), np.float64)
        return self._pixels(x)

    def _pixels(self, x: np.ndarray) -> np.ndarray:
        return self.samples.to_scaled(x).reshape(len(x), -1).astype(np.float64)
