"""How much noise a photograph holds, told from what a trained network took for noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from aecore.photos.cut_noise import clipped_noise_energy

MARGIN_SIGMAS = 1.0
"""So near to black or white nothing is judged, where noise is cut off there."""
_KEEPS = 0.5
"""A network that follows its input closer than this tells too little of the noise."""
_APART = 0.05
"""By so much, and three errors, what is found may differ from what was thought."""
_LEFT = 0.3
"""Of the noise at least so much must be in what was taken away."""
_N_ROUNDS = 4
_OWN_255 = 1.0
"""Noise that photographs have of their own, which nobody can tell from what was added to them."""
_LEAST = 0.004
"""What remains, of sigma, on photographs with noise of known level; so does `_BY_SLOPE`."""
_BY_SLOPE = 0.5


@dataclass(frozen=True)
class ResidualNoise:
    """Deviation of white noise and its standard error, shares of white."""

    sigma: float
    error: float


def residual_noise(
    x: np.ndarray,
    x_hat: np.ndarray,
    slope: float,
    thought: ResidualNoise,
    *,
    is_cut: bool,
) -> ResidualNoise:
    """Estimate white noise again, now that a network has said what is noise.

    The best guess of a clean picture is the mean of all that could be behind the noisy one, and for
    it `E (x - x_hat)² = sigma² (1 - slope)`, where the slope is the mean derivative of the guess
    (Tweedie's formula, Efron 2011, JASA 106: the variance that is left is sigma² times it; Stein
    1981, Annals of Statistics 9). A network trained to denoise comes near that guess: on
    photographs sigma is found within half a percent from 15 of 255 on, where patches alone tell it
    within two (BENCHMARKS.md). Where black and white cut the noise off, its second moment about
    the cleaned value is that of a clipped normal.

    Parameters
    ----------
    x, x_hat
        Noisy and cleaned values of one shape, shares of white.
    slope
        How much the cleaned values follow the noisy ones, 0 (not at all) to 1 (not cleaned).
    thought
        What was estimated before.
    is_cut
        Whether values lie on black or white because noise was cut off there.

    Returns
    -------
    ResidualNoise
        `thought` where the network keeps half of the noise or more, or where both differ by more
        than they may: the noise is then of another kind than the network knows.
    """
    if slope > _KEEPS or not x.size or thought.sigma <= 0:
        return thought
    left = float(np.square(x - x_hat, dtype=np.float64).mean())
    sigma = thought.sigma
    for _ in range(_N_ROUNDS if is_cut else 1):
        whole = clipped_noise_energy(x_hat, sigma) if is_cut else 1.0
        if whole - slope < _LEFT:
            return thought
        sigma = math.sqrt(left / (whole - slope))
    if abs(sigma - thought.sigma) > _APART * thought.sigma + 3 * thought.error:
        return thought
    own = 0.5 * (_OWN_255 / 255 / max(sigma, 1e-6)) ** 2
    error = math.hypot(_LEAST, own, _BY_SLOPE * slope**2, 1 / math.sqrt(2 * x.size))
    return ResidualNoise(sigma, min(thought.error, error * sigma))
