"""RaPP: a sample and its reconstruction, compared in every hidden layer (SAP and NAP).

Kim et al. 2020, "RaPP: Novelty Detection with Reconstruction along Projection Pathway", ICLR.
Two deviations: pictures and maps of convolutions are averaged to fewer places (`view.hidden_of`),
and the covariance that NAP whitens by is shrunk, so that few samples suffice.
"""

from __future__ import annotations

import numpy as np

from aecore.studies.anomaly.mahalanobis import distance, shape_of
from aecore.studies.anomaly.method import Method, Scorer, State, nothing
from aecore.studies.anomaly.view import View

REFERENCE = "Kim et al. 2020, ICLR (RaPP)"


def _apart(view: View) -> np.ndarray:
    """`h(x) - h(x_hat)`, float32 `(n, F)`."""
    return np.asarray(view.hidden - view.hidden_of_x_hat)


def sap_scorer(state: State) -> Scorer:
    """Sum over all layers of the squared differences."""
    return lambda view: np.square(_apart(view)).sum(1, dtype=np.float64)


def nap_fit(view: View) -> State:
    """Mean and shape of the differences on normal samples."""
    return shape_of(_apart(view))


def nap_scorer(state: State) -> Scorer:
    """The squared length of the whitened difference."""
    return lambda view: np.square(distance(_apart(view), state))


SAP = Method("sap", "RaPP, SAP", "0 upwards", REFERENCE, nothing, sap_scorer)
NAP = Method("nap", "RaPP, NAP", "0 upwards", REFERENCE, nap_fit, nap_scorer)
