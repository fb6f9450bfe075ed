"""The nearest of many vectors: exactly up to 100,000, by an index beyond, where it is installed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from aecore.errors import DataError, SpecError

if TYPE_CHECKING:
    from usearch.index import Index

Measure = Literal["euclid", "cosine", "mahalanobis"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
N_EXACT = 100_000
"""Vectors up to which a search is exact."""
_N_COVARIANCE = 20_000
_N_VALUES = 8_000_000
"""Distances that are held at once."""
_N_SPARE = 16
"""Candidates beyond k, of distances in single precision, that are measured again exactly."""
_CONNECTIVITY, _WIDTH_OF_BUILD, _WIDTH_OF_SEARCH = 16, 128, 96


@dataclass(frozen=True)
class Neighbours:
    """The nearest of each query.

    Parameters
    ----------
    rows
        int64 `(n, k)`, the nearest first.
    distance
        float64 `(n, k)`, as they are measured: Euclid's or Mahalanobis' distance, or 1 - cosine.
    """

    rows: np.ndarray
    distance: np.ndarray


class NearestSearch:
    """Finds the nearest of many vectors.

    Up to `n_exact` vectors all are looked at. Beyond, a graph of neighbours is searched (HNSW,
    Malkov & Yashunin 2020, IEEE TPAMI 42, arXiv:1603.09320; by USearch), which misses some: see
    `recall`. Without USearch (extra `index`) all are looked at, however many there are.

    Parameters
    ----------
    vectors
        float `(n_vectors, D)`.
    measure
        "euclid"; "cosine"; or "mahalanobis": Euclid's distance after whitening by the covariance
        of the vectors, shrunk (Ledoit & Wolf 2004).
    n_exact
        Vectors up to which the search is exact.
    n_threads
        Threads that build the index; 0: all cores. With one the same vectors give the same index.
    index
        A file that `save_index` wrote for these vectors, instead of building it again.

    Raises
    ------
    SpecError
        For a measure that there is not.
    DataError
        If there is no vector, or a value is not finite.
    """

    def __init__(
        self,
        vectors: np.ndarray,
        measure: Measure = "euclid",
        *,
        n_exact: int = N_EXACT,
        n_threads: int = 0,
        index: Path | None = None,
    ) -> None:
        if measure not in MEASURES:
            raise SpecError(
                "There is no measure {measure:.40}.",
                "Choose one of {measures}.",
                measure=repr(measure),
                measures=", ".join(MEASURES),
            )
        if not len(vectors) or not np.isfinite(vectors).all():
            raise DataError(
                "Vectors of shape {shape} cannot be searched.",
                "Give one or more, of finite numbers.",
                shape=vectors.shape,
            )
        self.measure = measure
        self._mean = vectors.mean(0, dtype=np.float64)
        self._whitening = _whitening(vectors) if measure == "mahalanobis" else None
        self.vectors = self.prepared(vectors)
        self._squares = np.einsum("nd,nd->n", self.vectors, self.vectors)
        self._index = None
        if len(vectors) > n_exact and find_spec("usearch") is not None:
            self._index = _built(self.vectors, n_threads) if index is None else _read(index)

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def is_exact(self) -> bool:
        """Whether all vectors are looked at."""
        return self._index is None

    def nearest(self, queries: np.ndarray, k: int = 10) -> Neighbours:
        """The `k` nearest of each of `(n, D)`; all of them where there are fewer."""
        asked, k = self.prepared(queries), min(k, len(self))
        parts = [self._nearest(block, k) for block in self._blocks(asked, k)]
        return Neighbours(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.distance for part in parts]),
        )

    def distances(self, queries: np.ndarray) -> np.ndarray:
        """To every vector, float32 `(n, n_vectors)`, rounded: for rankings of all of them."""
        return self._as_distance(self._squared(self.prepared(queries)))

    def recall(self, k: int = 10, *, n_queries: int = 200, seed: int = 0) -> float:
        """Share of the true `k` nearest that the index finds; 0 to 1, 1 where it is exact.

        Of vectors drawn from those that are searched.
        """
        if self._index is None:
            return 1.0
        rows = np.random.default_rng(seed).permutation(len(self))[:n_queries]
        n_hits = 0
        for block in self._blocks(self.vectors[rows], k):
            true = self._measured(block, self._candidates(block, k), k).rows
            given = self._nearest(block, k).rows
            n_hits += sum(len(np.intersect1d(*pair)) for pair in zip(true, given, strict=True))
        return n_hits / (len(rows) * k)

    def save_index(self, path: Path) -> None:
        """Write the index, where there is one."""
        if self._index is not None:
            self._index.save(str(path))

    def prepared(self, vectors: np.ndarray) -> np.ndarray:
        """In the space where Euclid's distance is the measure; float32 `(n, D)`."""
        prepared = np.asarray(vectors, np.float64)
        if self.measure == "cosine":
            length = np.linalg.norm(prepared, axis=1, keepdims=True)
            prepared = prepared / np.maximum(length, 1e-12)
        else:
            prepared = prepared - self._mean  # large means would cost digits
        if self._whitening is not None:
            prepared = prepared @ self._whitening
        return np.ascontiguousarray(prepared, np.float32)

    def _blocks(self, asked: np.ndarray, k: int) -> list[np.ndarray]:
        n_candidates = (k + _N_SPARE) * self.vectors.shape[1]
        n = max(1, min(_N_VALUES // len(self), _N_VALUES // n_candidates))
        return [asked[start : start + n] for start in range(0, len(asked), n)] or [asked]

    def _nearest(self, asked: np.ndarray, k: int) -> Neighbours:
        if self._index is None:
            return self._measured(asked, self._candidates(asked, k), k)
        candidates = self._index.search(asked, min(len(self), k + _N_SPARE), threads=1)
        keys = np.asarray(candidates.keys, np.int64).reshape(len(asked), -1)
        return self._measured(asked, keys, k)

    def _candidates(self, asked: np.ndarray, k: int) -> np.ndarray:
        """Rows among which the `k` nearest are, `(n, k and some)`, in no order."""
        n = min(k + _N_SPARE, len(self))
        return np.argpartition(self._squared(asked), n - 1, axis=1)[:, :n]

    def _squared(self, asked: np.ndarray) -> np.ndarray:
        """Squared distances in single precision, `(n, n_vectors)`, 0 at the least."""
        squared = asked @ self.vectors.T
        squared *= -2
        squared += self._squares
        squared += np.einsum("nd,nd->n", asked, asked)[:, None]
        return np.asarray(np.maximum(squared, 0, out=squared))

    def _measured(self, asked: np.ndarray, candidates: np.ndarray, k: int) -> Neighbours:
        """The `k` nearest of candidates, measured without loss."""
        difference = self.vectors[candidates].astype(np.float64) - asked[:, None]
        squared = np.square(difference).sum(2)
        order = np.lexsort((candidates, squared), axis=1)[:, :k]
        rows = np.take_along_axis(candidates, order, 1)
        return Neighbours(rows, self._as_distance(np.take_along_axis(squared, order, 1)))

    def _as_distance(self, squared: np.ndarray) -> np.ndarray:
        return np.asarray(squared / 2 if self.measure == "cosine" else np.sqrt(squared))


def _whitening(vectors: np.ndarray) -> np.ndarray:
    """What turns vectors so that their covariance is 1, `(D, D)`."""
    from sklearn.covariance import LedoitWolf

    step = -(-len(vectors) // _N_COVARIANCE)
    covariance = LedoitWolf().fit(np.asarray(vectors[::step], np.float64)).covariance_
    values, directions = np.linalg.eigh(covariance)
    return np.asarray(directions / np.sqrt(np.maximum(values, 1e-12)))


def _built(vectors: np.ndarray, n_threads: int) -> Index:
    from usearch.index import Index

    index = Index(
        ndim=vectors.shape[1],
        metric="l2sq",
        dtype="f32",
        connectivity=_CONNECTIVITY,
        expansion_add=_WIDTH_OF_BUILD,
        expansion_search=_WIDTH_OF_SEARCH,
    )
    index.add(np.arange(len(vectors)), vectors, threads=n_threads)
    return index


def _read(path: Path) -> Index:
    from usearch.index import Index

    index = Index.restore(str(path))
    if index is None:
        raise DataError("{name} is no index.", "Compute it again.", name=path.name)
    index.expansion_search = _WIDTH_OF_SEARCH
    return index
