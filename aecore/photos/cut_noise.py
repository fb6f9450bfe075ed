"""Noise that black and white have cut off: what it does to values, and how to take that back."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from aecore.photos.restorer import Restored
from aecore.photos.values import from_unit, n_colours_of, white_of

_N_STEPS = 4096
_LEAST = 1e-4
"""Less noise than this, a share of white, is none: formulas divide by it."""
_ROWS = 256


def undo_clipping(
    restored: Restored, sigma: float, noise: Callable[[np.ndarray], np.ndarray] | None = None
) -> Restored:
    """The result for a photograph whose noise was cut off at black and white.

    Noise cannot make black any darker, so that what is left of it there makes black lighter, and
    white darker. A network that is to give the mean of what could be behind gives the mean of the
    values as they came; each is traced back to the value whose noise, once cut off, has that mean
    (Foi 2009, Signal Processing 89, "Clipped noisy images").

    Parameters
    ----------
    restored
        At full strength.
    sigma, noise
        Deviation of the noise, a share of white; `noise` may say how it hangs on the brightness.

    Returns
    -------
    Restored
        A new one; values far from black and white are the same.
    """
    values = np.linspace(0, 1, _N_STEPS)
    deviation = np.full(_N_STEPS, sigma) if noise is None else noise(values)
    seen = np.maximum.accumulate(cut_mean(values, deviation))
    n_colours, white = n_colours_of(restored.x), white_of(restored.x)
    x_hat = restored.x_hat.copy()
    for top in range(0, x_hat.shape[1], _ROWS):  # of a large photograph, some rows at a time
        rows = x_hat[:n_colours, top : top + _ROWS]
        rows[:] = from_unit(np.interp(rows / white, seen, values), x_hat.dtype)
    return Restored(restored.x, x_hat)


def cut_mean(x: np.ndarray, sigma: np.ndarray | float) -> np.ndarray:
    """Mean of `x` with Gaussian noise, once cut off at 0 and 1.

    Examples
    --------
    >>> cut_mean(np.array([0.0, 0.5, 1.0]), 0.1).round(4)  # sigma / sqrt(2 pi) from the ends
    array([0.0399, 0.5   , 0.9601])
    """
    from scipy.special import ndtr

    sigma = np.maximum(sigma, _LEAST)
    low, high = -x / sigma, (1 - x) / sigma
    inside = x * (ndtr(high) - ndtr(low)) + sigma * (_density(low) - _density(high))
    return np.asarray(inside + ndtr(-high))


def clipped_noise_energy(x: np.ndarray, sigma: float) -> float:
    """Mean square of noise about values `x`, once cut off at 0 and 1, over that of whole noise.

    Examples
    --------
    >>> round(clipped_noise_energy(np.array([0.0]), 0.1), 6)  # half of it is gone
    0.5
    """
    from scipy.special import ndtr

    sigma = max(sigma, _LEAST)
    low, high = -x / sigma, (1 - x) / sigma
    inside = ndtr(high) - ndtr(low) - high * _density(high) + low * _density(low)
    return float(np.mean(inside + low**2 * ndtr(low) + high**2 * ndtr(-high)))


def _density(t: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-(t**2) / 2) / math.sqrt(2 * math.pi))
