"""How good a cleaned photograph is when nobody has the clean one: Stein's estimate."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.metrics.pictures import PSNR_MAX_DB
from aecore.restore.noise_level import CUT_SIGMAS, is_cut_off
from aecore.restore.restorer import Restored, Restorer, n_colours_of, white_of
from aecore.store import Progress, ended

Clean = Callable[[Tensor], Tensor]
"""Values `(1, C, H, W)` to clean ones of the same shape."""
NoiseAt = Callable[[np.ndarray], np.ndarray]
"""Brightness to the deviation of the noise there, shares of white both."""
_PROBE_PX = 192
_N_PROBES = 6
_STEP = 0.1
"""How far a probe moves the picture, of the noise's deviation."""
_LEAST = 1e-3
_ROWS = 256
_MIN_SHARE = 0.02


@dataclass(frozen=True)
class ExpectedQuality:
    """PSNR of a cleaned photograph against the clean one that nobody has, estimated.

    Parameters
    ----------
    psnr_db
        dB, more is better. 100 where the error comes out below nothing: then only `low_db` tells.
    low_db, high_db
        Two standard errors either way, from how little is seen and from sigma's own error.
    """

    psnr_db: float
    low_db: float
    high_db: float


@dataclass(frozen=True)
class Risk:
    """What the error of a cleaned photograph is computed from, at any strength.

    Parameters
    ----------
    moved
        Mean square of what was changed at full strength, shares of white.
    slope, slope_error
        How much a result follows its own noise, 0 (not at all) to 1 (not cleaned), and its
        standard error.
    sigma, sigma_error
        Deviation of the noise and its standard error, shares of white.
    n_values
        Pixels times channels that were judged.
    """

    moved: float
    slope: float
    slope_error: float
    sigma: float
    sigma_error: float
    n_values: int

    def at(self, strength: float) -> ExpectedQuality:
        """Stein's estimate for the blend `x + strength (x_hat - x)`."""
        variance = self.sigma**2
        follows = 1 - strength * (1 - self.slope)  # the blend's own slope
        error = strength**2 * self.moved - variance + 2 * variance * follows
        unsure = math.hypot(
            2 * self.sigma * self.sigma_error * (1 - 2 * follows),
            2 * variance * strength * self.slope_error,
            variance * math.sqrt(2 / self.n_values),
            2 * self.sigma * math.sqrt(max(error, 0.0) / self.n_values),
        )
        return ExpectedQuality(_psnr(error), _psnr(error + 2 * unsure), _psnr(error - 2 * unsure))


def risk_of(
    restored: Restored,
    restorer: Restorer,
    sigma: float,
    noise: NoiseAt | None = None,
    *,
    sigma_error: float = 0.0,
    seed: int = 0,
) -> Generator[Progress, None, Risk | None]:
    """Stein's unbiased risk estimate of what cleaning has left.

    For independent noise of deviation sigma the error of an estimate f(x) is, on average,
    `mean (x - f(x))² - sigma² + 2 sigma² div f / N` (Stein 1981, Annals of Statistics 9). The
    divergence is taken along one random direction of each of a few squares of the photograph
    (Ramani, Blu & Unser 2008, IEEE TIP 17). Where black and white have cut noise off, values within
    two sigma of them are left out, and the rest speaks for them: None where hardly any is left.

    Parameters
    ----------
    restored
        At full strength, with the noise not clipped away.
    restorer
        What cleaned it.
    sigma, sigma_error
        Deviation of the noise and its standard error, shares of white; `noise` may say how it
        hangs on the brightness, and sigma is then the root of its mean square.
    seed
        Decides squares and directions.

    Yields
    ------
    Progress
        In squares; closing the generator cancels.
    """

    def clean(values: Tensor) -> Tensor:  # as results are written: clipped
        return restorer.restore_values(values).clamp(0, 1)

    return (yield from _risk(restored, clean, sigma, noise, sigma_error, seed))


def expected_quality(
    restored: Restored,
    clean: Clean,
    sigma: float,
    *,
    sigma_error: float = 0.0,
    seed: int = 0,
) -> ExpectedQuality | None:
    """As `risk_of`, at full strength and at once, of anything that cleans."""
    risk = ended(_risk(restored, clean, sigma, None, sigma_error, seed))
    return None if risk is None else risk.at(1.0)


def _risk(
    restored: Restored,
    clean: Clean,
    sigma: float,
    noise: NoiseAt | None,
    sigma_error: float,
    seed: int,
) -> Generator[Progress, None, Risk | None]:
    n_colours, white = n_colours_of(restored.x), np.float32(white_of(restored.x))
    x, x_hat = restored.x[:n_colours], restored.x_hat[:n_colours]
    generator = torch.Generator().manual_seed(seed)
    squares = _squares(x.shape[1:], seed)
    margin = _margin(x, float(white), sigma)
    slopes, within = [], []
    for n_done, (rows, columns) in enumerate(squares):
        yield Progress("judging the result", n_done, len(squares))
        values = torch.from_numpy(x[:, rows, columns].astype(np.float32) / white)[None]
        deviation = deviation_at(x_hat[:, rows, columns] / white, sigma, noise)
        direction = torch.randn(values.shape, generator=generator) * torch.from_numpy(deviation)
        step = _STEP * direction
        moved = (clean(values + step) - clean(values - step)).cpu()
        seen = _inside(x_hat[:, rows, columns] / white, margin)
        if seen.mean() < _MIN_SHARE:
            continue
        followed = ((direction * moved).double() / (2 * _STEP))[0][torch.from_numpy(seen)]
        mean_square = float(np.square(np.broadcast_to(deviation, seen.shape)[seen]).mean())
        slopes.append(float(followed.mean()) / mean_square)
        within.append(float(followed.numpy().std()) / mean_square / math.sqrt(followed.numel()))
    n = len(slopes)
    if n == 0:
        return None
    error = float(np.std(slopes, ddof=1)) / math.sqrt(n) if n > 1 else within[0]
    moved_2, n_values = _mean_square(x, x_hat, float(white), margin)
    return Risk(moved_2, float(np.mean(slopes)), error, sigma, sigma_error, n_values)


def _margin(x: np.ndarray, white: float, sigma: float) -> float:
    """How near to black and white nothing is judged, a share of white."""
    return CUT_SIGMAS * sigma if is_cut_off(x, white) else -math.inf


def _inside(x_hat: np.ndarray, margin: float) -> np.ndarray:
    """Which values, as shares of white, are judged; bool of the same shape."""
    return np.asarray((x_hat > margin) & (x_hat < 1 - margin))


def deviation_at(x_hat: np.ndarray, sigma: float, noise: NoiseAt | None) -> np.ndarray:
    """Deviation of the noise where the picture is `(C, h, w)`; float32, `(1, h, w)` or `(1,)`."""
    found = np.array([sigma]) if noise is None else noise(x_hat.mean(0, keepdims=True))
    return np.asarray(np.maximum(found, _LEAST), np.float32)


def _squares(size_px: tuple[int, ...], seed: int) -> list[tuple[slice, slice]]:
    """Some squares spread over a picture; all of it where it is small."""
    H, W = size_px
    if H * W <= _N_PROBES * _PROBE_PX**2:
        return [(slice(0, H), slice(0, W))]
    rng = np.random.default_rng(seed)
    height, width = min(H, _PROBE_PX), min(W, _PROBE_PX)
    tops = rng.permutation(np.linspace(0, H - height, _N_PROBES).astype(int))
    lefts = np.linspace(0, W - width, _N_PROBES).astype(int)
    return [
        (slice(top, top + height), slice(left, left + width))
        for top, left in zip(tops, lefts, strict=True)
    ]


def _mean_square(
    x: np.ndarray, x_hat: np.ndarray, white: float, margin: float
) -> tuple[float, int]:
    """Of the difference of two pictures, as shares of white, and of how many values."""
    total, n = 0.0, 0
    for top in range(0, x.shape[1], _ROWS):  # of a large photograph, some rows at a time
        before, after = (y[:, top : top + _ROWS].astype(np.float32) / white for y in (x, x_hat))
        seen = _inside(after, margin)
        total += float(np.square(before - after, dtype=np.float64).sum(where=seen))
        n += int(seen.sum())
    return total / n, n


def _psnr(mean_square: float) -> float:
    return min(PSNR_MAX_DB, -10 * math.log10(max(mean_square, 10 ** (-PSNR_MAX_DB / 10))))
