"""Mahalanobis distance of a code from the cloud of those of normal samples."""

from __future__ import annotations

import numpy as np

from aecore.studies.anomaly.method import Method, Scorer, State
from aecore.studies.anomaly.view import View


def shape_of(values: np.ndarray) -> State:
    """Mean and inverse covariance of rows `(n, D)`.

    The covariance is shrunk as Ledoit & Wolf 2004, J. Multivariate Analysis 88, found best, so
    that it has an inverse where there are few samples.
    """
    from sklearn.covariance import LedoitWolf

    estimate = LedoitWolf(store_precision=False).fit(values.astype(np.float64))
    covariance = estimate.covariance_
    ridge = 1e-8 * max(float(np.trace(covariance)) / len(covariance), 1e-8)
    precision = np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
    return {
        "mean": estimate.location_.astype(np.float32),
        "precision": precision.astype(np.float32),
    }


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


MAHALANOBIS = Method(
    "mahalanobis",
    "Mahalanobis distance of the code",
    "0 upwards, about √D for normal samples",
    "Mahalanobis 1936; Lee et al. 2018, NeurIPS, arXiv:1807.03888",
    fit,
    scorer,
)
