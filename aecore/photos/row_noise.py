"""Noise that whole rows or columns of a photograph share: found, and taken away."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

_LAGS = (1, 3)
_N_BLOCKS = 4
"""Parts of a row that must agree on how light it is."""
_MIN_SIDE = 64
_LEAST_255 = 1.0
_MOST_255 = 16.0
_REGULAR = 12.0
"""The largest line of a spectrum of chance is under so many times its mean; a mesh is above."""
_MAD = 1.4826
_SMOOTH_PX = (5.0, 9.0)
_EVEN = 0.4
_ENOUGH = 0.1


@dataclass(frozen=True)
class RowNoise:
    """How strong it is, in steps of 255; 0: none was found."""

    rows_255: float
    columns_255: float

    @property
    def is_here(self) -> bool:
        """Whether there is any."""
        return max(self.rows_255, self.columns_255) > 0


NO_ROWS = RowNoise(0.0, 0.0)


def row_noise(x: np.ndarray) -> RowNoise:
    """Estimate what rows and columns share.

    How much lighter a row is than its neighbours is taken by the median in each of four parts of
    it. What a picture shows differs from part to part, and so does other noise; what the parts
    agree on is the row's. Regular patterns, which stand out in the spectrum, do not count.

    Parameters
    ----------
    x
        Colours `(C, H, W)`, shares of white.
    """
    luma = x.mean(0)
    return RowNoise(255 * _of_rows(luma), 255 * _of_rows(luma.T))


def without_rows(x: np.ndarray, found: RowNoise) -> np.ndarray:
    """The photograph, shares of white `(C, H, W)`, with rows and columns as light as their own.

    Each row's median difference from the rows around it is taken off.
    """
    x = x - _offsets(x, found.rows_255 / 255) if found.rows_255 > 0 else x
    if found.columns_255 > 0:
        turned = x.transpose(0, 2, 1)
        x = (turned - _offsets(turned, found.columns_255 / 255)).transpose(0, 2, 1)
    return np.asarray(x, np.float32)


def _of_rows(luma: np.ndarray) -> float:
    """Deviation of what rows of `(H, W)` share, a share of white."""
    if min(luma.shape) < _MIN_SIDE:
        return 0.0
    variances = []
    for lag in _LAGS:
        above, at, below = luma[: -2 * lag], luma[lag:-lag], luma[2 * lag :]
        steps = at - (above + below) / 2  # (H', W)
        parts = [np.median(part, 1) for part in np.array_split(steps, _N_BLOCKS, axis=1)]
        pairs = [(a, b) for i, a in enumerate(parts) for b in parts[i + 1 :]]
        shared = float(np.median([_covariance(a, b) for a, b in pairs]))
        variances.append(shared / 1.5)
        if _is_regular(np.median(steps, 1), lag):
            return 0.0
    found = float(np.sqrt(max(0.0, min(variances))))
    return found if _LEAST_255 < 255 * found < _MOST_255 else 0.0


def _covariance(a: np.ndarray, b: np.ndarray) -> float:
    """That few outliers do not move: of the spread of sum and difference."""
    return (_spread(a + b) ** 2 - _spread(a - b) ** 2) / 4


def _spread(x: np.ndarray) -> float:
    return float(_MAD * np.median(np.abs(x - np.median(x))))


def _is_regular(offsets: np.ndarray, lag: int) -> bool:
    limit = 4 * _spread(offsets)
    power = np.abs(np.fft.rfft(np.clip(offsets, -limit, limit))) ** 2
    f = np.arange(len(power)) / len(offsets)
    passed = (1 - np.cos(2 * np.pi * f * lag)) ** 2  # what a difference of rows leaves of chance
    level = power[passed > 0.2] / passed[passed > 0.2]
    return bool(level.max() > _REGULAR * max(float(level.mean()), 1e-12))


def _offsets(x: np.ndarray, sigma: float) -> np.ndarray:
    """How much lighter each row is than those around it, `(C, H, 1)`.

    Judged where the picture changes little from row to row.
    """
    found = np.zeros((*x.shape[:2], 1), np.float32)
    for _ in range(3):
        now = x - found
        near, far = (gaussian_filter1d(now, width, axis=1, mode="reflect") for width in _SMOOTH_PX)
        away = now - near
        is_smooth = (np.abs(near - far) < _EVEN * sigma) & (np.abs(away) < 4 * sigma)
        enough = is_smooth.mean(2, keepdims=True) > _ENOUGH
        masked = np.where(is_smooth, away, np.nan)
        with np.errstate(invalid="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a row without one
            offset = np.nanmedian(masked, 2, keepdims=True)
        found = found + np.where(enough, np.nan_to_num(offset), 0)
    return np.asarray(found)
