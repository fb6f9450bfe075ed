"""How well the nearest in a space are of the same class: precision at k, and average precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.errors import TooFewSamplesError
from aecore.metrics.compare import Interval, interval

K = 10


@dataclass(frozen=True)
class Retrieval:
    """What a search finds, mean over queries with its interval; 0 to 1, high is good.

    Parameters
    ----------
    precision
        Share of the `K` nearest that have the query's class.
    average_precision
        Mean over the relevant of the precision at the place of each (mAP; Manning, Raghavan &
        Schütze 2008, Introduction to Information Retrieval, chapter 8).
    chance
        Share of the searched that have the query's class: what either is by chance, about.
    """

    precision: Interval
    average_precision: Interval
    chance: float


def retrieval(
    distances: np.ndarray, of_query: np.ndarray, of_searched: np.ndarray, k: int = K
) -> Retrieval:
    """Judge a search by classes.

    Parameters
    ----------
    distances
        `(n_queries, n_searched)`; a query that is among the searched has infinity at itself.
    of_query, of_searched
        Classes, `(n_queries,)` and `(n_searched,)`.

    Raises
    ------
    TooFewSamplesError
        For fewer than two queries, or `k` to search or fewer.
    """
    if len(distances) < 2 or distances.shape[1] <= k:
        raise TooFewSamplesError(
            f"{len(distances)} queries among {distances.shape[1]} samples judge no search.",
            f"Search more than {k} samples, with two queries or more.",
        )
    order = np.argsort(distances, axis=1, kind="stable")
    is_self = np.isinf(np.take_along_axis(distances, order, 1))
    hits = (of_searched[order] == of_query[:, None]) & ~is_self  # (n_queries, n_searched)
    n_hits = hits.sum(1)
    precision_at = hits.cumsum(1) / np.arange(1, hits.shape[1] + 1)
    average = np.where(n_hits > 0, (precision_at * hits).sum(1) / np.maximum(1, n_hits), np.nan)
    chance = float((n_hits / (~is_self).sum(1)).mean())
    return Retrieval(interval(hits[:, :k].mean(1)), interval(average), chance)


def hamming(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Bits in which codes differ, uint16 `(n, m)`; packed uint8 `(n, n_bytes)`, `(m, n_bytes)`."""
    found = np.zeros((len(a), len(b)), np.uint16)
    for column in range(a.shape[1]):
        found += np.bitwise_count(a[:, column, None] ^ b[None, :, column])
    return found
