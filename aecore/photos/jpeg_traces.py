"""Whether a photograph was a JPEG file: cosine coefficients that were rounded to nothing."""

from __future__ import annotations

import numpy as np
from scipy.fft import dctn

_BLOCK_PX = 8
_SMALL_255 = 1.2
"""Under this a coefficient counts as none: rounding to 8 bits leaves so much."""
_MORE = 0.25
"""Of all fine coefficients so many more are nothing on the grid: pictures that are shrunk after
JPEG, or written at its highest qualities, stay under it."""
_MAX_BLOCKS = 3000
_LUMA = (0.299, 0.587, 0.114)


def was_jpeg(x: np.ndarray) -> bool:
    """Whether many more fine coefficients are nothing on the grid of a JPEG than off it.

    So it is where JPEG has shaped the noise; at the highest qualities it leaves it as it was.

    Parameters
    ----------
    x
        Colours `(C, H, W)`, shares of white; whole pictures, whose grid begins in the corner.
    """
    luma = 255 * (x[0] if len(x) == 1 else np.tensordot(np.array(_LUMA, np.float32), x, 1))
    if min(luma.shape) < 4 * _BLOCK_PX:
        return False
    return _share_small(luma) - _share_small(luma[4:, 4:]) > _MORE


def _share_small(luma: np.ndarray) -> float:
    H, W = (side // _BLOCK_PX * _BLOCK_PX for side in luma.shape)
    blocks = luma[:H, :W].reshape(H // _BLOCK_PX, _BLOCK_PX, W // _BLOCK_PX, _BLOCK_PX)
    flat = blocks.transpose(0, 2, 1, 3).reshape(-1, _BLOCK_PX, _BLOCK_PX)
    flat = flat[:: max(1, len(flat) // _MAX_BLOCKS)].astype(np.float32)
    textured = flat[flat.std((1, 2)) > 1.0]  # of flat ones everything is nothing
    if len(textured) < 8:
        return 0.0
    coefficients = np.abs(dctn(textured, axes=(1, 2), norm="ortho"))
    u, v = np.mgrid[:_BLOCK_PX, :_BLOCK_PX]
    return float((coefficients[:, u + v >= 3] < _SMALL_255).mean())
