"""How unlike a picture its reconstruction is in structure: 1 - SSIM."""

from __future__ import annotations

from aecore.metrics.pictures import ssim
from aecore.runs import OpenRun
from aecore.studies.anomaly.method import Method, Scorer, State, nothing


def scorer(state: State) -> Scorer:
    """`1 - SSIM` of pictures and what is shown of their reconstructions."""
    return lambda view: 1 - ssim(view.x, view.displayed)


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
