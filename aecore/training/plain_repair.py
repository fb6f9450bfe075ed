"""The best plain way to repair a sample, which a network that repairs is held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.sentence import Sentence
from aecore.specs.run import CorruptionSpec

_WINDOWS_PX = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)


@dataclass(frozen=True)
class PlainRepair:
    """Samples repaired without a network.

    Parameters
    ----------
    x_hat
        `(n, C, H, W)`.
    method
        For a person.
    """

    x_hat: np.ndarray
    method: str


def plain_repair(noise: CorruptionSpec, x: np.ndarray, x_in: np.ndarray) -> PlainRepair | None:
    """Pictures repaired by the plain method of a kind of corruption.

    Smaller pictures are enlarged by bicubic interpolation, hidden parts filled by the biharmonic
    equation, noise and blur met by the Gaussian filter whose window is the best for these very
    pictures.

    Parameters
    ----------
    x, x_in
        `(n, C, H, W)`, clean and corrupted.

    Returns
    -------
    PlainRepair | None
        None where nothing was corrupted, or samples are rows.
    """
    if noise.kind == "none" or x.ndim != 4:
        return None
    if noise.kind == "downscale":
        return PlainRepair(x_in, Sentence("bicubic interpolation"))
    if noise.kind == "occlusion":
        return PlainRepair(_biharmonic(x, x_in), Sentence("biharmonic inpainting"))
    from scipy.ndimage import gaussian_filter

    tried = [gaussian_filter(x_in, (0, 0, window, window)) for window in _WINDOWS_PX]
    best = min(tried, key=lambda y: float(np.square(y - x).mean()))
    return PlainRepair(best, Sentence("a tuned Gaussian filter"))


def _biharmonic(x: np.ndarray, x_in: np.ndarray) -> np.ndarray:
    from skimage.restoration import inpaint_biharmonic

    found = x_in.copy()
    for i, (before, after) in enumerate(zip(x, x_in, strict=True)):
        hidden = (before != after).any(0)
        if hidden.any():
            found[i] = inpaint_biharmonic(after, hidden, channel_axis=0)
    return found
