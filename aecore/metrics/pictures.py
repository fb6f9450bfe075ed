"""How near one picture is to another: MSE, PSNR, SSIM, one value per picture."""

from __future__ import annotations

import numpy as np

from aecore.objectives.similarity import RADIUS_PX, SIGMA_PX, border, similarity

PSNR_MAX_DB = 100.0
"""Given for identical pictures, whose PSNR is infinite."""


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


def ssim(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Structural similarity; `(n,)`, from -1 to 1 (identical), more is better.

    Wang, Bovik, Sheikh & Simoncelli 2004, IEEE TIP 13: Gaussian window of 11 pixels
    (deviation 1.5), K1 = 0.01, K2 = 0.03, for values in [0, 1], averaged over channels. In
    pictures under 11 pixels the border that is left out shrinks with them (`similarity`).

    Parameters
    ----------
    x, x_hat
        `(n, C, H, W)`, uint8 or floats in [0, 1].
    """
    from scipy.ndimage import gaussian_filter

    def local_mean(values: np.ndarray) -> np.ndarray:
        smoothed: np.ndarray = gaussian_filter(
            values, sigma=SIGMA_PX, radius=RADIUS_PX, axes=(2, 3), mode="reflect"
        )
        return smoothed

    found = similarity(as_unit(x), as_unit(x_hat), local_mean)
    edge = border(*x.shape[2:])
    inner = found[:, :, edge : x.shape[2] - edge, edge : x.shape[3] - edge]
    return np.asarray(inner.reshape(len(x), -1).mean(1))
