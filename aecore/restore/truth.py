"""How far to trust a cleaned photograph when nobody has the clean one."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.metrics.pictures import PSNR_MAX_DB
from aecore.restore.restorer import (
    MARGIN_PX,
    TILE_PX,
    Restored,
    Restorer,
    n_colours_of,
    white_of,
)
from aecore.restore.tiles import tiles
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
        Pixels times channels.
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
) -> Generator[Progress, None, Risk]:
    """Stein's unbiased risk estimate of what cleaning has left.

    For independent noise of deviation sigma the error of an estimate f(x) is, on average,
    `mean (x - f(x))² - sigma² + 2 sigma² div f / N` (Stein 1981, Annals of Statistics 9). The
    divergence is taken along one random direction of each of a few squares of the photograph
    (Ramani, Blu & Unser 2008, IEEE TIP 17).

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
) -> ExpectedQuality:
    """As `risk_of`, at full strength and at once, of anything that cleans."""
    return ended(_risk(restored, clean, sigma, None, sigma_error, seed)).at(1.0)


def _risk(
    restored: Restored,
    clean: Clean,
    sigma: float,
    noise: NoiseAt | None,
    sigma_error: float,
    seed: int,
) -> Generator[Progress, None, Risk]:
    n_colours, white = n_colours_of(restored.x), np.float32(white_of(restored.x))
    x, x_hat = restored.x[:n_colours], restored.x_hat[:n_colours]
    generator = torch.Generator().manual_seed(seed)
    squares = _squares(x.shape[1:], seed)
    slopes, within = [], []
    for n_done, (rows, columns) in enumerate(squares):
        yield Progress("judging the result", n_done, len(squares))
        values = torch.from_numpy(x[:, rows, columns].astype(np.float32) / white)[None]
        deviation = _deviation(x_hat[:, rows, columns] / white, sigma, noise)
        direction = torch.randn(values.shape, generator=generator) * torch.from_numpy(deviation)
        step = _STEP * direction
        moved = (clean(values + step) - clean(values - step)).cpu()
        followed = (direction * moved).double() / (2 * _STEP)
        mean_square = float(np.square(deviation).mean())
        slopes.append(float(followed.mean()) / mean_square)
        within.append(float(followed.numpy().std()) / mean_square / math.sqrt(followed.numel()))
    n = len(slopes)
    error = float(np.std(slopes, ddof=1)) / math.sqrt(n) if n > 1 else within[0]
    moved_2 = _mean_square(x, x_hat) / float(white) ** 2
    return Risk(moved_2, float(np.mean(slopes)), error, sigma, sigma_error, x.size)


def _deviation(x_hat: np.ndarray, sigma: float, noise: NoiseAt | None) -> np.ndarray:
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


def _mean_square(x: np.ndarray, x_hat: np.ndarray) -> float:
    """Of the difference of two pictures, some rows at a time."""
    total = 0.0
    for top in range(0, x.shape[1], _ROWS):
        rows = slice(top, top + _ROWS)
        difference = x[:, rows].astype(np.float32) - x_hat[:, rows].astype(np.float32)
        total += float(np.square(difference, dtype=np.float64).sum())
    return total / x.size


def _psnr(mean_square: float) -> float:
    return min(PSNR_MAX_DB, -10 * math.log10(max(mean_square, 10 ** (-PSNR_MAX_DB / 10))))


# What was made up -----------------------------------------------------------------------

_AGAIN = 0.2
"""Noise that is added again, of that which is there."""
_WAYS = ((2,), (1, 2))
"""Axes of `(C, H, W)` that a pass is mirrored along."""
_FINE_PX, _WIDE_PX = 2.0, 4.0


@dataclass(frozen=True)
class Invention:
    """Where a photograph was changed beyond what noise explains.

    Parameters
    ----------
    disagreement
        Deviation between passes that were mirrored and given a little more noise, shares of
        white, `(H, W)`; 0: every pass gives the same.
    structure
        Share of what was taken away, or put in, that white noise does not explain, since
        neighbours are alike or since it is too much; `(H, W)`, 0 (noise alone) to 1 (a shape).
    """

    disagreement: np.ndarray
    structure: np.ndarray

    def doubt(self, sigma: float) -> np.ndarray:
        """Both in one map, `(H, W)`, 0 (noise explains it) to 1; `sigma` as a share of white."""
        unsure = self.disagreement / max(0.5 * sigma, 2 / 255)
        return np.asarray(np.clip(np.maximum(unsure, self.structure), 0, 1))


def inventing(
    restored: Restored,
    restorer: Restorer,
    sigma: float,
    noise: NoiseAt | None = None,
    *,
    seed: int = 0,
    tile_px: int = TILE_PX,
) -> Generator[Progress, None, Invention]:
    """Find where the network made something up, or took something away.

    Two more passes, mirrored each another way and with a fifth of the noise added again: what
    hangs on the noise comes out differently. And where neighbours of the residual are alike, or
    the residual is larger than the noise, more than noise was changed. What holds of the picture
    as a whole (noise that is coarse, a sigma that is too low) is not counted.

    Parameters
    ----------
    restored
        At full strength.
    sigma, noise
        Deviation of the noise, a share of white; `noise` may say how it hangs on the brightness.

    Yields
    ------
    Progress
        In tiles; closing the generator cancels.
    """
    n_colours, white = n_colours_of(restored.x), np.float32(white_of(restored.x))
    x, x_hat = restored.x[:n_colours], restored.x_hat[:n_colours]
    H, W = x.shape[1:]
    disagreement, alike, excess = (np.zeros((H, W), np.float32) for _ in range(3))
    rng = np.random.default_rng(seed)
    parts = list(tiles((H, W), tile_px, MARGIN_PX, restorer.net.multiple_px))
    for n_done, part in enumerate(parts):
        yield Progress("looking for what was made up", n_done, len(parts))
        seen, cleaned = (part.seen_of(y).astype(np.float32) / white for y in (x, x_hat))
        deviation = _deviation(cleaned, sigma, noise)
        maps = (
            _disagreement(seen, cleaned, restorer, deviation, rng),
            *_structure(seen - cleaned, deviation),
        )
        for whole, found in zip((disagreement, alike, excess), maps, strict=True):
            whole[part.rows, part.columns] = part.middle_of(found[None])[0]
    return Invention(disagreement, _unexplained(alike, excess))


def invention(restored: Restored, restorer: Restorer, sigma: float, *, seed: int = 0) -> Invention:
    """As `inventing`, without telling how far it is."""
    return ended(inventing(restored, restorer, sigma, seed=seed))


def _disagreement(
    x: np.ndarray,
    x_hat: np.ndarray,
    restorer: Restorer,
    deviation: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Root of the mean square by which passes differ from the result, `(H, W)`."""
    from scipy.ndimage import gaussian_filter

    squares = np.zeros_like(x[0])
    for axes in _WAYS:
        again = x + np.float32(_AGAIN) * deviation * rng.standard_normal(x.shape, np.float32)
        seen = torch.from_numpy(np.flip(again, axes).copy())[None]
        found = np.flip(restorer.restore_values(seen)[0].cpu().numpy(), axes).clip(0, 1)
        squares += np.square(found - x_hat.clip(0, 1)).mean(0) / len(_WAYS)
    return np.asarray(np.sqrt(gaussian_filter(squares, _FINE_PX, mode="reflect")))


def _structure(residual: np.ndarray, deviation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How alike neighbours are in a residual, and how much there is of it for noise; `(H, W)`.

    White noise of that deviation has `_EXPECTED` and 1.
    """
    from scipy.ndimage import gaussian_filter

    luma = residual.mean(0)
    coarse = gaussian_filter(gaussian_filter(luma, _FINE_PX, mode="reflect") ** 2, _WIDE_PX)
    energy = gaussian_filter(luma**2, _WIDE_PX)
    excess = gaussian_filter(np.square(residual / deviation).mean(0), _WIDE_PX)
    return coarse / np.maximum(energy, (0.5 / 255) ** 2), excess


_EXPECTED = 1 / (4 * math.pi * _FINE_PX**2)
"""What the blur leaves of white noise, as a share of its energy."""


def _unexplained(alike: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Share of the residual that noise as in the rest of the picture does not explain."""
    usual = min(0.3, max(_EXPECTED, float(np.median(alike))))
    more = max(1.0, float(np.median(excess)))
    shaped = (alike - 3 * usual) / (1 - 3 * usual)
    large = 1 - 1.5 * more / np.maximum(excess, 1e-6)
    return np.asarray(np.clip(np.maximum(shaped, large), 0, 1), np.float32)
