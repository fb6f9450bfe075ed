"""Where a picture is odd: heat maps of its reconstruction."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from aecore.errors import DataError
from aecore.metrics.pictures import as_unit
from aecore.objectives.similarity import RADIUS_PX, SIGMA_PX, similarity
from aecore.studies.anomaly.error import FLOOR
from aecore.studies.anomaly.view import View

HeatKind = Literal["squared", "spread", "ssim"]
KINDS: tuple[HeatKind, ...] = get_args(HeatKind)
DEFAULT: HeatKind = "squared"
BLUR_PX = 1.0
"""Standard deviation of the Gaussian around each pixel."""


def heat_maps(
    view: View,
    kind: HeatKind = DEFAULT,
    *,
    spread: np.ndarray | None = None,
    is_smoothed: bool = True,
) -> np.ndarray:
    """How odd each pixel is, high is odd; float32 `(n, H, W)`, mean over channels.

    Parameters
    ----------
    kind
        "squared" error; error by "spread", that of each pixel on normal pictures; or 1 - SSIM
        of the window around it.
    spread
        `(F,)`, of the state of the score `spread`; kind "spread" needs it.
    is_smoothed
        The geometric mean of each pixel and of the Gaussian around it, for single pixels err by
        chance. The Gaussian alone loses to the plain error where what is odd is a line or a dot.

    Raises
    ------
    DataError
        If the samples are rows, or the spread is missing.
    """
    from scipy.ndimage import gaussian_filter

    if len(view.run.shape) != 3:
        raise DataError("Rows of a table have no heat map.", "Choose a run on pictures.")
    if kind == "ssim":
        heat = 1 - similarity(as_unit(view.x), as_unit(view.displayed), _local_mean)
    else:
        heat = np.square(view.scaled - view.x_hat)
        if kind == "spread":
            if spread is None:
                raise DataError("No spread of normal pictures is known.", "Take another heat map.")
            heat = heat / (np.square(spread.reshape(view.run.shape)) + FLOOR**2)
    heat = heat.mean(1)
    if is_smoothed:
        around = gaussian_filter(heat, sigma=BLUR_PX, axes=(1, 2), mode="nearest")
        heat = np.sqrt(np.maximum(heat, 0) * np.maximum(around, 0))
    return np.asarray(heat, np.float32)


def _local_mean(values: np.ndarray) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    smoothed: np.ndarray = gaussian_filter(
        values, sigma=SIGMA_PX, radius=RADIUS_PX, axes=(2, 3), mode="reflect"
    )
    return smoothed
