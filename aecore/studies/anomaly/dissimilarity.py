"""How unlike a picture its reconstruction is in structure: 1 - SSIM."""

from __future__ import annotations

import numpy as np

from aecore.metrics.pictures import ssim
from aecore.runs import OpenRun
from aecore.studies.anomaly.method import Method, Scorer, State, nothing
from aecore.studies.anomaly.view import View

_AT_ONCE = 256


def scorer(state: State) -> Scorer:
    """`1 - SSIM` of pictures and what is shown of their reconstructions."""

    def score(view: View) -> np.ndarray:
        x, x_hat = view.x, view.displayed
        cuts = range(0, max(1, len(x)), _AT_ONCE)
        return np.concatenate(
            [1 - ssim(x[i : i + _AT_ONCE], x_hat[i : i + _AT_ONCE]) for i in cuts]
        )

    return score


def why_not(run: OpenRun) -> str:
    """Rows of a table have no structure in place."""
    return "" if len(run.shape) == 3 else "SSIM is of pictures; these samples are rows."


DISSIMILARITY = Method(
    "ssim",
    "1 − SSIM",
    "0 to 2",
    "Bergmann et al. 2019, VISIGRAPP, arXiv:1807.02011",
    nothing,
    scorer,
    why_not,
)
