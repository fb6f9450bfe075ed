"""Simple ways to suggest things, each fitted to who chose what; scores high for what fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import sparse

from aecore.sentence import Sentence

Arrays = dict[str, np.ndarray]
MAX_EASE = 5000
"""Things at most that EASE is fitted to: it inverts a matrix of that side."""


class ScoresOf(Protocol):
    """Scores of all things for people `(B, F)`, dense float32; to `(B, F)`."""

    def __call__(self, x: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Baseline:
    """One simple method.

    Parameters
    ----------
    settings
        Values of its one setting that are tried on validation people; none: there is nothing to
        choose.
    setting
        What that setting is.
    fit
        Sparse people x things and a setting to the arrays that the method needs.
    scores
        Those arrays to a function of people.
    most_things
        Beyond so many it is left out; None: never.
    """

    title: str
    reference: str
    setting: str
    settings: tuple[float, ...]
    fit: Callable[[Any, float], Arrays]
    scores: Callable[[Arrays], ScoresOf]
    most_things: int | None = None


def _popularity(x: Any, setting: float) -> Arrays:
    return {"n": np.bincount(x.indices, minlength=x.shape[1]).astype(np.float32)}


def _popularity_scores(state: Arrays) -> ScoresOf:
    return lambda x: np.broadcast_to(state["n"], x.shape)


def _item_item(x: Any, n_neighbours: float) -> Arrays:
    """Cosine of the columns, the nearest of each thing kept; in blocks, never dense as a whole."""
    n_things = x.shape[1]
    lengths = np.sqrt(np.asarray(x.multiply(x).sum(0)).ravel())
    unit = sparse.csc_array(x @ sparse.diags_array(1.0 / np.maximum(lengths, 1e-12)))
    k = int(min(n_neighbours, n_things - 1))
    index = np.empty((n_things, k), np.int32)
    value = np.empty((n_things, k), np.float32)
    for start in range(0, n_things, 512):
        here = np.arange(start, min(start + 512, n_things))
        near = (unit[:, here].T @ unit).toarray()  # (block, F)
        near[np.arange(len(here)), here] = -1.0
        best = np.argpartition(-near, k - 1, axis=1)[:, :k]
        index[here], value[here] = best, np.take_along_axis(near, best, 1)
    return {"index": index, "value": np.maximum(value, 0.0)}


def _item_item_scores(state: Arrays) -> ScoresOf:
    index, value = state["index"], state["value"]
    n_things, k = index.shape
    starts = np.arange(0, n_things * k + 1, k)
    near = sparse.csr_array((value.ravel(), index.ravel(), starts), shape=(n_things, n_things))
    return lambda x: (sparse.csr_array(x) @ near).toarray()


def _ease(x: Any, weight: float) -> Arrays:
    """`B = I - P diag(1 / P_jj)`, `P = (X^T X + weight I)^-1`, with a diagonal of 0."""
    gram = (x.T @ x).toarray().astype(np.float64)
    gram[np.diag_indices(len(gram))] += weight
    inverse = np.linalg.inv(gram)
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return {"weights": weights.astype(np.float32)}


def _ease_scores(state: Arrays) -> ScoresOf:
    return lambda x: sparse.csr_array(x) @ state["weights"]


def _pure_svd(x: Any, n_factors: float) -> Arrays:
    from sklearn.utils.extmath import randomized_svd

    k = int(min(n_factors, min(x.shape) - 1))
    _, _, factors = randomized_svd(x, k, random_state=0)
    return {"factors": factors.astype(np.float32)}


def _pure_svd_scores(state: Arrays) -> ScoresOf:
    factors = state["factors"]
    return lambda x: (x @ factors.T) @ factors


BASELINES: dict[str, Baseline] = {
    "popularity": Baseline(
        Sentence("Popularity"),
        Sentence("what most people chose, the same for all"),
        "",
        (0.0,),
        _popularity,
        _popularity_scores,
    ),
    "item_item": Baseline(
        Sentence("Item-item"),
        Sentence("cosine of columns: Sarwar, Karypis, Konstan & Riedl 2001, WWW"),
        Sentence("neighbours of a thing"),
        (20.0, 50.0, 200.0),
        _item_item,
        _item_item_scores,
    ),
    "ease": Baseline(
        "EASE",
        "Steck 2019, WWW, arXiv:1905.03375",
        Sentence("weight of the penalty"),
        (50.0, 100.0, 200.0, 500.0, 1000.0),
        _ease,
        _ease_scores,
        MAX_EASE,
    ),
    "pure_svd": Baseline(
        "PureSVD",
        "Cremonesi, Koren & Turrin 2010, RecSys",
        Sentence("factors"),
        (10.0, 20.0, 50.0, 100.0),
        _pure_svd,
        _pure_svd_scores,
    ),
}
