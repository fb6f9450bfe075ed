"""The samples of a set that are most like any other, by three spaces and by bits, and how well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from aecore.data.samples import SampleSet
from aecore.errors import TooFewSamplesError
from aecore.latent.binary_codes import BinaryCoder, BitsMethod
from aecore.latent.search import N_EXACT, Measure, NearestSearch, Neighbours
from aecore.metrics.retrieval import K, Retrieval, hamming, retrieval
from aecore.runs import OpenRun
from aecore.studies.evaluation import PCABaseline
from aecore.studies.similar.duplicates import WITHIN, Duplicates, duplicates_of
from aecore.studies.similar.pixels import PixelSearch
from aecore.units.units import activations, layer_of

Space = Literal["code", "pca", "pixels"]
SPACES: tuple[Space, ...] = get_args(Space)
N_MOST = 2_000_000
"""Samples that are searched, at the most."""
N_JUDGED = 500
"""Held-out samples whose search is judged, at the most."""
_N_DISTANCES = 50_000_000
_CHUNK = 4096


class SimilarSamples:
    """Finds the samples of a set that are most like any sample.

    Exactly among 100,000; by code and by PCA an index is searched beyond (`NearestSearch`).

    Parameters
    ----------
    run
        Whose codes are compared.
    samples
        What is searched: of all parts, `n_max` drawn once where there are more.
    measure
        How two codes, or two samples as they are, are compared. By values as they are,
        "mahalanobis" is Euclid's distance.
    layer
        "code", or a hidden layer of the encoder, named as on the page Units: "layer-1".
    vectors
        What was computed before, by space, instead of computing it again.
    index
        A file of an index of the codes.

    Raises
    ------
    SpecError
        For a measure that there is not.
    DataError
        For a layer that there is not.
    """

    def __init__(
        self,
        run: OpenRun,
        samples: SampleSet,
        measure: Measure = "euclid",
        *,
        layer: str = "code",
        n_max: int = N_MOST,
        seed: int = 0,
        vectors: Mapping[Space, np.ndarray] | None = None,
        index: Path | None = None,
    ) -> None:
        NearestSearch(np.zeros((1, 1)), measure)  # it says which there are
        self._layer = layer_of(run, layer)
        self.run, self.samples, self.measure = run, samples, measure
        self.rows = np.sort(np.concatenate(list(samples.parts.values())))
        if len(self.rows) > n_max:
            self.rows = np.sort(np.random.default_rng(seed).permutation(self.rows)[:n_max])
        self._seed, self._index = seed, index
        self._vectors = dict(vectors or {})
        self._searches: dict[Space, NearestSearch | PixelSearch] = {}

    def nearest(self, x: np.ndarray, k: int = 10, space: Space = "code") -> Neighbours:
        """The `k` nearest of raw samples `(n, *shape)`, as rows of the set.

        A sample of the set finds itself first.
        """
        search = self.search(space)
        if isinstance(search, PixelSearch):
            near = search.nearest(x, k)
        else:
            near = search.nearest(self._read(x, space), k)
        return Neighbours(self.rows[near.rows], near.distance)

    def nearest_by_bits(
        self, x: np.ndarray, k: int = 10, n_bits: int = 64, method: BitsMethod = "itq"
    ) -> Neighbours:
        """The `k` nearest by Hamming distance of binary codes; see `BinaryCoder`."""
        coder, known = self._coded(n_bits, method)
        distance = hamming(coder.bits(self.codes().prepared(self._read(x, "code"))), known)
        rows = np.argsort(distance, axis=1, kind="stable")[:, :k]
        near = np.take_along_axis(distance, rows, 1)
        return Neighbours(self.rows[rows], near.astype(np.float64))

    def judged(self, space: Space = "code") -> Retrieval | None:
        """Whether the nearest of held-out samples are of their class; None without labels.

        Raises
        ------
        TooFewSamplesError
            If fewer than two held-out samples have a class, or eleven in all.
        """
        search = self.search(space)

        def distances(of: np.ndarray) -> np.ndarray:
            if isinstance(search, PixelSearch):
                return search.distances(np.asarray(self.samples.x[self.rows[of]]))
            return search.distances(self.vectors(space)[of])

        return self._judged_by(distances)

    def judged_bits(self, n_bits: int, method: BitsMethod = "itq") -> Retrieval | None:
        """The same search by `n_bits` bits of the code; see `BinaryCoder`."""
        _, known = self._coded(n_bits, method)
        return self._judged_by(lambda of: hamming(known[of], known).astype(np.float32))

    def duplicates(self, within: float = WITHIN) -> Duplicates:
        """Pairs that look the same; see `duplicates_of`."""
        return duplicates_of(self.samples, self.rows, self.vectors("code"), within)

    def vectors(self, space: Space) -> np.ndarray:
        """What is searched by code or PCA, float32 `(n, D)`."""
        if space not in self._vectors:
            cuts = range(0, len(self.rows), _CHUNK)
            parts = (self.rows[start : start + _CHUNK] for start in cuts)
            vectors = [self._read(np.asarray(self.samples.x[rows]), space) for rows in parts]
            self._vectors[space] = np.concatenate(vectors).astype(np.float32)
        return self._vectors[space]

    def search(self, space: Space) -> NearestSearch | PixelSearch:
        """What answers in a space."""
        if space not in self._searches:
            if space == "pixels":
                self._searches[space] = PixelSearch(self.samples, self.rows, self.measure)
            else:
                self._searches[space] = NearestSearch(
                    self.vectors(space),
                    self.measure,
                    index=self._index if space == "code" else None,
                )
        return self._searches[space]

    def codes(self) -> NearestSearch:
        """What answers by code."""
        search = self.search("code")
        if isinstance(search, PixelSearch):
            raise TypeError("codes are no pixels")
        return search

    @cached_property
    def _pca(self) -> PCABaseline:
        return PCABaseline(self.samples, self.run.n_numbers)

    def _read(self, x: np.ndarray, space: Space) -> np.ndarray:
        if space == "pca":
            return self._pca.encode(x)
        if self._layer.is_code:
            return self.run.encode(x)
        return activations(self.run, x, self._layer, over="mean")

    def _coded(self, n_bits: int, method: BitsMethod) -> tuple[BinaryCoder, np.ndarray]:
        known = self.codes().vectors
        coder = BinaryCoder.fit(known, n_bits, method, seed=self._seed)
        return coder, coder.bits(known)

    @cached_property
    def _queries(self) -> tuple[np.ndarray, np.ndarray]:
        """Which held-out samples ask, and which are ranked, in an order that breaks ties fairly."""
        labels = self.samples.labels
        if labels is None:
            raise TypeError("nothing is judged without labels")
        random = np.random.default_rng(self._seed)
        ranked = random.permutation(np.flatnonzero(labels[self.rows] >= 0))[:N_EXACT]
        asked = ranked[np.isin(self.rows[ranked], self.samples.parts["test"])][:N_JUDGED]
        if len(asked) < 2 or len(ranked) <= K:
            raise TooFewSamplesError(
                "{n_asked} held-out samples with a class, among {n_ranked}, judge no search.",
                "Import more than {k} samples with classes, two of them held out for testing.",
                n_asked=len(asked),
                n_ranked=len(ranked),
                k=K,
            )
        return asked, ranked

    def _judged_by(self, distances: Callable[[np.ndarray], np.ndarray]) -> Retrieval | None:
        """`distances` gives those of some of what is searched to all of it."""
        labels = self.samples.labels
        if labels is None or not (labels[self.rows] >= 0).any():
            return None
        asked, ranked = self._queries
        n_block = max(1, _N_DISTANCES // len(self.rows))
        parts = []
        for start in range(0, len(asked), n_block):
            of = asked[start : start + n_block]
            distance = distances(of)
            distance[np.arange(len(of)), of] = np.inf
            ordered = distance[:, ranked]
            parts.append(retrieval(ordered, labels[self.rows[of]], labels[self.rows[ranked]]))
        return Retrieval(
            np.concatenate([part.precisions for part in parts]),
            np.concatenate([part.averages for part in parts]),
            float(
                np.average([p.chance for p in parts], weights=[len(p.precisions) for p in parts])
            ),
        )
