"""How well a search ranks what is relevant: precision at k, average precision, Hamming distance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aecore.errors import TooFewSamplesError
from aecore.metrics.compare import Interval, interval

K = 10


def precision_at(relevant: np.ndarray, k: int = K) -> np.ndarray:
    """Share of the `k` first that are relevant; float64 `(n_queries,)`, 0 to 1, high is good.

    Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, chapter 8.

    Parameters
    ----------
    relevant
        bool `(n_queries, n_ranked)`, in the order of the ranking, the first one first.

    Examples
    --------
    >>> precision_at(np.array([[True, False, True, False]]), 2).tolist()
    [0.5]
    """
    return np.asarray(relevant[:, :k].sum(1) / k)


def average_precision(relevant: np.ndarray, n_relevant: np.ndarray | None = None) -> np.ndarray:
    """Mean over the relevant of the precision at the rank of each; float64 `(n_queries,)`.

    0 to 1, high is good; NaN where nothing is relevant. Its mean over queries is mAP (Manning,
    Raghavan & Schütze 2008, see `precision_at`).

    Parameters
    ----------
    relevant
        See `precision_at`.
    n_relevant
        `(n_queries,)`, how many there are; None: all of them are in the ranking.

    Examples
    --------
    >>> average_precision(np.array([[True, False, True, False]])).round(3).tolist()
    [0.833]
    """
    n = relevant.sum(1) if n_relevant is None else np.asarray(n_relevant)
    precision = relevant.cumsum(1) / np.arange(1, relevant.shape[1] + 1)
    total = (precision * relevant).sum(1)
    return np.where(n > 0, total / np.maximum(1, n), np.nan)


@dataclass(frozen=True)
class Retrieval:
    """How well a search ranks, for each query; 0 to 1, high is good.

    Parameters
    ----------
    precisions
        `(n_queries,)`, precision at `K`: share of the `K` nearest that have the query's class.
    averages
        `(n_queries,)`, average precision; NaN where no other sample has the query's class.
    chance
        Share of the searched that have the query's class: what either is by chance, about.
    """

    precisions: np.ndarray
    averages: np.ndarray
    chance: float

    @cached_property
    def precision(self) -> Interval:
        """Mean precision at `K`, with its interval."""
        return interval(self.precisions)

    @cached_property
    def average_precision(self) -> Interval:
        """Mean average precision (mAP), with its interval."""
        return interval(self.averages)


def retrieval(
    distances: np.ndarray, of_query: np.ndarray, of_searched: np.ndarray, k: int = K
) -> Retrieval:
    """Judge a search by classes.

    Parameters
    ----------
    distances
        `(n_queries, n_searched)`; a query that is among the searched has infinity at itself.
        Ties count in the order of the columns: shuffle these where classes stand in blocks.
    of_query, of_searched
        Classes, `(n_queries,)` and `(n_searched,)`.

    Raises
    ------
    TooFewSamplesError
        For no query, or `k` to search or fewer.
    """
    if not len(distances) or distances.shape[1] <= k:
        raise TooFewSamplesError(
            "{n_distances} queries among {n_samples} samples judge no search.",
            "Search more than {k} samples, with two queries or more.",
            n_distances=len(distances),
            n_samples=distances.shape[1],
            k=k,
        )
    order = np.argsort(distances, axis=1, kind="stable")
    is_self = np.isinf(np.take_along_axis(distances, order, 1))
    relevant = (of_searched[order] == of_query[:, None]) & ~is_self  # (n_queries, n_searched)
    chance = float((relevant.sum(1) / (~is_self).sum(1)).mean())
    return Retrieval(precision_at(relevant, k), average_precision(relevant), chance)


def hamming(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Bits in which codes differ, uint16 `(n, m)`; packed uint8 `(n, n_bytes)`, `(m, n_bytes)`."""
    found = np.zeros((len(a), len(b)), np.uint16)
    for column in range(a.shape[1]):
        found += np.bitwise_count(a[:, column, None] ^ b[None, :, column])
    return found
