"""How thin a mixture of Gaussians, fitted to the codes of normal samples, is at a code."""

from __future__ import annotations

import warnings

import numpy as np

from aecore.studies.anomaly.method import Method, Scorer, State
from aecore.studies.anomaly.view import View

N_COMPONENTS = 10
_FULL_UP_TO = 64
_SAMPLES_EACH = 50


def fit(view: View) -> State:
    """Ten Gaussians by expectation maximization; fewer where codes are few."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    z = view.z.astype(np.float64)
    mean, spread = z.mean(0), np.maximum(z.std(0), 1e-6)
    kind = "full" if z.shape[1] <= _FULL_UP_TO else "diag"
    n_components = max(1, min(N_COMPONENTS, len(z) // max(_SAMPLES_EACH, 2 * z.shape[1])))
    model = GaussianMixture(n_components, covariance_type=kind, reg_covar=1e-3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there serves as well
        model.fit((z - mean) / spread)
    return {
        "mean": mean,
        "spread": spread,
        "weights": model.weights_,
        "means": model.means_,
        "precisions": model.precisions_cholesky_,
    }


def scorer(state: State) -> Scorer:
    """`-log p(z)`, nats, of standardized codes."""
    from sklearn.mixture import GaussianMixture

    kind = "full" if state["precisions"].ndim == 3 else "diag"
    model = GaussianMixture(len(state["weights"]), covariance_type=kind)
    model.weights_, model.means_ = state["weights"], state["means"]
    model.precisions_cholesky_ = state["precisions"]
    model.covariances_ = np.ones_like(state["precisions"])  # asked for, never read

    def score(view: View) -> np.ndarray:
        z = (view.z.astype(np.float64) - state["mean"]) / state["spread"]
        return np.asarray(-model.score_samples(z))

    return score


MIXTURE = Method(
    "mixture",
    "Mixture density of the code",
    "any, nats",
    "Bishop 1994, IEE Proc. 141; Zong et al. 2018, ICLR (DAGMM)",
    fit,
    scorer,
)
