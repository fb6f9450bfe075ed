"""Fine regular texture (a mesh, halftone, fabric): told from noise by lines in its spectrum."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import convolve, uniform_filter

_PATCH_PX = 64
_LEAST_STD = 2 / 255
_NEAR, _FAR = 3, 6
_STANDS_OUT = 25.0
"""Times what is around it: the largest line of noise stays under 15, those of edges too."""
_SLOW = 5
"""Cycles a patch; what is slower is no fine texture."""
_MOST = 0.35


def is_regular(x: np.ndarray) -> bool:
    """Whether a third of a photograph or more is fine regular texture.

    In a window of 64 pixels a pattern is a few lines of the spectrum that stand out from all that
    is near them; noise, fine or coarse, has none, and edges have many side by side.

    Parameters
    ----------
    x
        Colours `(C, H, W)`, shares of white.
    """
    luma = x.mean(0)
    H, W = luma.shape
    if min(H, W) < _PATCH_PX:
        return False
    tops, lefts = (np.linspace(0, side - _PATCH_PX, 6).astype(int) for side in (H, W))
    patches = [luma[t : t + _PATCH_PX, u : u + _PATCH_PX] for t in tops for u in lefts]
    found = [_has_lines(patch) for patch in patches if patch.std() > _LEAST_STD]
    return bool(found) and float(np.mean(found)) > _MOST


def _has_lines(patch: np.ndarray) -> bool:
    window = np.hanning(_PATCH_PX)
    power = np.abs(np.fft.fftshift(np.fft.fft2((patch - patch.mean()) * np.outer(window, window))))
    power = power**2
    far, near = 2 * _FAR + 1, 2 * _NEAR + 1
    total = uniform_filter(power, far, mode="wrap") * far**2
    inner = uniform_filter(power, near, mode="wrap") * near**2
    around = (total - inner) / (far**2 - near**2)
    v, u = np.mgrid[: len(power), : len(power)] - len(power) // 2
    is_block = ((u == 0) & (v % 8 == 0)) | ((v == 0) & (u % 8 == 0))  # edges of JPEG's blocks
    is_block = convolve(is_block.astype(int), np.ones((3, 3), int), mode="wrap") > 0
    judged = (np.hypot(u, v) >= _SLOW) & ~is_block
    return bool((power[judged] > _STANDS_OUT * np.maximum(around[judged], 1e-12)).any())
