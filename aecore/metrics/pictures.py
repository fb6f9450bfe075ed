"""How near one picture is to another: MSE, PSNR, SSIM, one value per picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from aecore.objectives.similarity import RADIUS_PX, SIGMA_PX, border, similarity

PSNR_MAX_DB = 100.0
"""Given for identical pictures, whose PSNR is infinite."""
_N_AT_ONCE = 64
"""Pictures whose structure is compared at once: what fits into a processor's cache."""


def as_unit(x: np.ndarray) -> np.ndarray:
    """uint8 pictures as float64 in [0, 1]; floats as they are."""
    return x.astype(np.float64) / 255.0 if x.dtype == np.uint8 else x.astype(np.float64)


def mse(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Mean squared error of each sample; `(n,)`, from 0 (perfect) up.

    Parameters
    ----------
    x, x_hat
        `(n, *shape)`, uint8 pictures (taken to [0, 1]) or floats.
    """
    difference = as_unit(x) - as_unit(x_hat)
    return np.asarray(np.square(difference).reshape(len(x), -1).mean(1))


def psnr(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Peak signal-to-noise ratio, `-10 log10(MSE)` for values in [0, 1].

    `(n,)`, dB, more is better.
    20 dB is a poor copy, above 40 dB hardly anyone sees a difference; 100 for identical.
    """
    floor = 10.0 ** (-PSNR_MAX_DB / 10.0)
    return np.asarray(-10.0 * np.log10(np.maximum(mse(x, x_hat), floor)))


def ssim(
    x: np.ndarray, x_hat: np.ndarray, *, dtype: type[np.floating[Any]] = np.float64
) -> np.ndarray:
    """Structural similarity; `(n,)`, from -1 to 1 (identical), more is better.

    Wang, Bovik, Sheikh & Simoncelli 2004, IEEE TIP 13: Gaussian window of 11 pixels
    (deviation 1.5), K1 = 0.01, K2 = 0.03, for values in [0, 1], averaged over channels. In
    pictures under 11 pixels the border that is left out shrinks with them (`similarity`).

    Parameters
    ----------
    x, x_hat
        `(n, C, H, W)`, uint8 or floats in [0, 1].
    dtype
        What is computed with: float32 is three times as fast, and within 0.0001.
    """
    height, width = x.shape[2:]
    edge = border(height, width)
    rows, columns = (_window(side, edge).astype(dtype) for side in (height, width))

    def local_mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(rows @ (values @ columns.T))  # (n, C, H - 2 edge, W - 2 edge)

    means = [np.empty(0)]
    for start in range(0, len(x), _N_AT_ONCE):
        here = slice(start, start + _N_AT_ONCE)
        a, b = (_as_unit_of(each[here], dtype) for each in (x, x_hat))
        found = similarity(a, b, local_mean)
        means.append(found.reshape(len(found), -1).mean(1, dtype=np.float64))
    return np.concatenate(means)


def _window(side: int, edge: int) -> np.ndarray:
    """The Gaussian window along one axis, mirrored at both ends, as a matrix; without the border.

    `(side - 2 edge, side)`: a product of matrices is faster than a filter, and the same.
    """
    from scipy.ndimage import gaussian_filter1d

    whole = gaussian_filter1d(
        np.eye(side), sigma=SIGMA_PX, radius=RADIUS_PX, axis=0, mode="reflect"
    )
    return np.asarray(whole[edge : side - edge])


def _as_unit_of(x: np.ndarray, dtype: type[np.floating[Any]]) -> np.ndarray:
    scaled = x.astype(dtype)
    return scaled / dtype(255) if x.dtype == np.uint8 else scaled
