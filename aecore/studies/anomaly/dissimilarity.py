"""How unlike a picture its reconstruction is in structure: 1 - SSIM."""

from __future__ import annotations

import numpy as np

from aecore.metrics.pictures import ssim
from aecore.runs import OpenRun
from aecore.sentence import Sentence
from aecore.studies.anomaly.method import Method, Scorer, State, nothing
from aecore.studies.anomaly.view import View


def scorer(state: State) -> Scorer:
    """`1 - SSIM` of pictures and what is shown of their reconstructions."""

    def score(view: View) -> np.ndarray:
        return 1 - ssim(view.x, view.displayed, dtype=np.float32)

    return score


def why_not(run: OpenRun) -> str:
    """Rows of a table have no structure in place."""
    return "" if len(run.shape) == 3 else Sentence("SSIM is of pictures; these samples are rows.")


DISSIMILARITY = Method(
    "ssim",
    "1 − SSIM",
    "0 to 2",
    "Bergmann et al. 2019, VISIGRAPP, arXiv:1807.02011",
    nothing,
    scorer,
    why_not,
)
