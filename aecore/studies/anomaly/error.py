"""Reconstruction error: the mean over a sample, and by how each value errs on normal samples."""

from __future__ import annotations

import numpy as np

from aecore.studies.anomaly.method import Method, Scorer, State, nothing
from aecore.studies.anomaly.view import View

FLOOR = 0.02
"""Least spread of a value, of the full range: what never errs must not count without end."""


def errors(view: View) -> np.ndarray:
    """Error of each value, float32 `(n, F)`: squared, or in nats where a run of rows learnt by a
    likelihood (of each column, or of counts). Of a category all of it stands at its first word.
    """
    if view.nats is not None:
        columns = view.run.model.columns
        return view.nats if columns is None else _by_group(view.nats, columns.group.numpy())
    difference = view.scaled - view.x_hat
    return np.asarray(np.square(difference).reshape(len(view), -1))


def _by_group(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Sum over the features of each group, `(n, F)`, 0 but at the first of each."""
    found = np.zeros_like(values)
    np.add.at(found.T, group, values.T)
    return found


def error_scorer(state: State) -> Scorer:
    """Mean error of values as the model sees them."""
    return lambda view: errors(view).mean(1, dtype=np.float64)


def spread_fit(view: View) -> State:
    """Root mean (squared) error of each value on normal samples, `(F,)`."""
    return {"spread": np.sqrt(errors(view).mean(0, dtype=np.float64)).astype(np.float32)}


def spread_scorer(state: State) -> Scorer:
    """Mean over values of `error^2 / spread^2`."""
    weight = 1 / (np.square(state["spread"]) + FLOOR**2)
    return lambda view: (errors(view) * weight).mean(1, dtype=np.float64)


ERROR = Method(
    "error",
    "Reconstruction error",
    "0 upwards",
    "Japkowicz, Myers & Gluck 1995, IJCAI",
    nothing,
    error_scorer,
)
BY_SPREAD = Method(
    "spread",
    "Error by spread",
    "0 upwards, about 1 for normal samples",
    "standardized residuals: each value's error over its error on normal samples",
    spread_fit,
    spread_scorer,
)
