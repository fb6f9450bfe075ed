"""How well things that a person chose, and that were hidden, come first in a ranking."""

from __future__ import annotations

import numpy as np


def top_things(scores: np.ndarray, k: int) -> np.ndarray:
    """The `k` things of the highest scores, the highest first: `(B, F)` to int64 `(B, k)`.

    Of equal scores the earlier column comes first.
    """
    k = min(k, scores.shape[1])
    if k * 4 >= scores.shape[1]:
        return np.argsort(-scores, axis=1, kind="stable")[:, :k]
    some = np.sort(np.argpartition(-scores, k, axis=1)[:, :k], axis=1)
    order = np.argsort(-np.take_along_axis(scores, some, 1), axis=1, kind="stable")
    return np.take_along_axis(some, order, 1)


def recall_at(hits: np.ndarray, n_hidden: np.ndarray, k: int) -> np.ndarray:
    """Share of the hidden things among the first `k`; float64 `(B,)`, 0 to 1, high is good.

    The denominator is `min(k, n hidden)`, as of Liang et al. 2018 (arXiv:1802.05814), so that
    1 can be reached; the other Recall, over all hidden things, is smaller for full baskets.

    Parameters
    ----------
    hits
        bool `(B, n)`, whether the thing at each rank was hidden; see `hits_of`.
    n_hidden
        `(B,)`; NaN is the answer where none was.

    Examples
    --------
    >>> recall_at(np.array([[True, False, True]]), np.array([4]), 2)
    array([0.5])
    """
    most = np.minimum(k, n_hidden)
    n_hits = hits[:, :k].sum(1)
    return np.where(most > 0, n_hits / np.maximum(1, most), np.nan)


def ndcg_at(hits: np.ndarray, n_hidden: np.ndarray, k: int) -> np.ndarray:
    """Normalized discounted cumulative gain of the first `k`; `(B,)`, 0 to 1, high is good.

    `sum_r hit_r / log2(r + 1)` over what a perfect ranking would reach (Järvelin & Kekäläinen
    2002, ACM TOIS 20); gains are 0 or 1.

    Parameters
    ----------
    hits, n_hidden
        See `recall_at`.

    Examples
    --------
    >>> ndcg_at(np.array([[True, True, False]]), np.array([2]), 3)
    array([1.])
    """
    weights = 1.0 / np.log2(np.arange(2, k + 2))
    gained = hits[:, :k] @ weights[: hits[:, :k].shape[1]]
    ideal = np.concatenate([[0.0], weights.cumsum()])[np.minimum(k, n_hidden)]
    return np.where(ideal > 0, gained / np.where(ideal > 0, ideal, 1.0), np.nan)


def hits_of(scores: np.ndarray, known: np.ndarray, hidden: np.ndarray, k: int) -> np.ndarray:
    """Whether the things at the first `k` ranks were hidden; bool `(B, k)`.

    Parameters
    ----------
    scores
        `(B, F)`, higher is suggested sooner.
    known
        bool `(B, F)`, what the person is known to have: never suggested.
    hidden
        bool `(B, F)`.
    """
    ranked = top_things(np.where(known, -np.inf, scores), k)
    return np.take_along_axis(hidden & ~known, ranked, 1)
