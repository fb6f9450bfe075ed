"""What is not rebuilt and what has an unlikely code, joined: either alone misses some anomalies."""

from __future__ import annotations

import numpy as np

from aecore.studies.anomaly import dissimilarity, error, mixture
from aecore.studies.anomaly.method import Method, Scorer, State
from aecore.studies.anomaly.view import View

_SHARE_TO_SPREAD = 5
"""One of so many normal samples says how both are spread, and is not learnt from."""


def _misfit(view: View) -> np.ndarray:
    """1 - SSIM of pictures, mean squared error of rows."""
    if dissimilarity.why_not(view.run):
        return error.error_scorer({})(view)
    return dissimilarity.scorer({})(view)


def fit(view: View) -> State:
    """The mixture of codes, and how misfit and density are spread where it learnt nothing."""
    is_kept = np.arange(len(view)) % _SHARE_TO_SPREAD == 0
    state = mixture.fit(View(view.run, view.x[~is_kept]))
    rest = View(view.run, view.x[is_kept])
    both = np.stack([_misfit(rest), mixture.scorer(state)(rest)])
    return state | {"mean_of_both": both.mean(1), "spread_of_both": both.std(1)}


def scorer(state: State) -> Scorer:
    """The sum of both, each in standard deviations of normal samples."""
    mean, spread = state["mean_of_both"], np.maximum(state["spread_of_both"], 1e-12)
    density = mixture.scorer(state)

    def score(view: View) -> np.ndarray:
        both = np.stack([_misfit(view), density(view)])
        return np.asarray(((both - mean[:, None]) / spread[:, None]).sum(0))

    return score


JOINED = Method(
    "joined",
    "Misfit and density joined",
    "any, standard deviations",
    "after Denouden et al. 2018, arXiv:1812.02765 (there: error and Mahalanobis distance)",
    fit,
    scorer,
)
