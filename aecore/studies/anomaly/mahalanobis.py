"""Mahalanobis distance of a code from those of normal samples, alone and joined with the error."""

from __future__ import annotations

import numpy as np

from aecore.studies.anomaly.error import error_scorer
from aecore.studies.anomaly.method import Method, Scorer, State
from aecore.studies.anomaly.view import View


def shape_of(values: np.ndarray) -> State:
    """Mean and inverse covariance of rows `(n, D)`.

    The covariance is shrunk as Ledoit & Wolf 2004, J. Multivariate Analysis 88, found best, so
    that it has an inverse where there are few samples.
    """
    from sklearn.covariance import LedoitWolf

    found = LedoitWolf(store_precision=False).fit(values.astype(np.float64))
    covariance = found.covariance_
    ridge = 1e-8 * max(float(np.trace(covariance)) / len(covariance), 1e-8)
    precision = np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
    return {"mean": found.location_.astype(np.float32), "precision": precision.astype(np.float32)}


def distance(values: np.ndarray, state: State) -> np.ndarray:
    """`sqrt((v - m)^T P (v - m))` of each row, float64 `(n,)`."""
    centred = values.astype(np.float64) - state["mean"]
    squares = np.einsum("nd,nd->n", centred @ state["precision"].astype(np.float64), centred)
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def fit(view: View) -> State:
    """The shape of the cloud of normal codes."""
    return shape_of(view.z)


def scorer(state: State) -> Scorer:
    """Distance of the code."""
    return lambda view: distance(view.z, state)


def joined_fit(view: View) -> State:
    """The same, with how error and distance are spread on normal samples."""
    state = fit(view)
    both = np.stack([error_scorer({})(view), distance(view.z, state)])
    return state | {"mean_of_both": both.mean(1), "spread_of_both": both.std(1)}


def joined_scorer(state: State) -> Scorer:
    """The sum of error and distance, each in standard deviations of normal samples."""
    mean, spread = state["mean_of_both"], np.maximum(state["spread_of_both"], 1e-12)

    def score(view: View) -> np.ndarray:
        both = np.stack([error_scorer({})(view), distance(view.z, state)])
        return np.asarray(((both - mean[:, None]) / spread[:, None]).sum(0))

    return score


MAHALANOBIS = Method(
    "mahalanobis",
    "Mahalanobis distance of the code",
    "0 upwards, about √D for normal samples",
    "Mahalanobis 1936; Lee et al. 2018, NeurIPS, arXiv:1807.03888",
    fit,
    scorer,
)
JOINED = Method(
    "joined",
    "Error and Mahalanobis joined",
    "any, standard deviations",
    "Denouden et al. 2018, arXiv:1812.02765",
    joined_fit,
    joined_scorer,
)
