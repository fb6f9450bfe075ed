"""How far to trust a cleaned photograph when nobody has the clean one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.restore.restorer import Restored, Restorer, n_colours_of, white_of

Clean = Callable[[Tensor], Tensor]
"""Values `(1, C, H, W)` to clean ones of the same shape."""
_PROBE_PX = 192
_N_PROBES = 6
_STEP = 0.1
"""How far a probe moves the picture, of the noise's deviation."""


@dataclass(frozen=True)
class ExpectedQuality:
    """PSNR of a cleaned photograph against the clean one that nobody has, estimated.

    Parameters
    ----------
    psnr_db
        dB, more is better. Infinite where the error comes out below nothing.
    low_db, high_db
        Where it lies if sigma is off by its own error (two standard errors either way).
    """

    psnr_db: float
    low_db: float
    high_db: float


def expected_quality(
    restored: Restored,
    clean: Clean,
    sigma: float,
    *,
    sigma_error: float = 0.0,
    seed: int = 0,
) -> ExpectedQuality:
    """Stein's unbiased risk estimate of what cleaning has left.

    For white Gaussian noise of deviation sigma the error of an estimate f(x) is, on average,
    `mean (x - f(x))² - sigma² + 2 sigma² div f / N` (Stein 1981, Annals of Statistics 9). The
    divergence is taken along one random direction of each of a few squares of the photograph
    (Ramani, Blu & Unser 2008, IEEE TIP 17), in float32.

    Parameters
    ----------
    restored
        At full strength, with the noise not clipped away.
    clean
        What cleaned it: `Restorer.restore_values`, of a restorer in float32.
    sigma, sigma_error
        Deviation of the noise and its standard error, shares of white.
    seed
        Decides squares and directions.
    """
    slope = _divergence(restored.x, clean, sigma, seed)
    n_colours = n_colours_of(restored.x)
    moved = float(np.square(restored.residual[:n_colours], dtype=np.float64).mean())

    def error_at(level: float) -> float:
        return moved - level**2 + 2 * level**2 * slope

    around = [error_at(max(0.0, sigma + i * sigma_error)) for i in (-2, 0, 2)]
    return ExpectedQuality(_psnr(around[1]), _psnr(max(around)), _psnr(min(around)))


def _divergence(x: np.ndarray, clean: Clean, sigma: float, seed: int) -> float:
    """Mean over pixels and channels of how much a result follows its own pixel; 1: not cleaned."""
    generator = torch.Generator().manual_seed(seed)
    step = max(_STEP * sigma, 1e-4)
    found, weights = [], []
    for square in _squares(x[: n_colours_of(x)], seed):
        values = torch.from_numpy(square.astype(np.float32) / np.float32(white_of(x)))[None]
        direction = torch.randn(values.shape, generator=generator)
        moved = clean(values + step * direction) - clean(values - step * direction)
        found.append(float((direction * moved.cpu()).double().mean()) / (2 * step))
        weights.append(square.size)
    return float(np.average(found, weights=weights))


def _squares(x: np.ndarray, seed: int) -> list[np.ndarray]:
    """Some squares spread over `(C, H, W)`; all of it where it is small."""
    H, W = x.shape[1:]
    if H * W <= _N_PROBES * _PROBE_PX**2:
        return [x]
    rng = np.random.default_rng(seed)
    height, width = min(H, _PROBE_PX), min(W, _PROBE_PX)
    rows = rng.permutation(np.linspace(0, H - height, _N_PROBES).astype(int))
    columns = np.linspace(0, W - width, _N_PROBES).astype(int)
    return [x[:, r : r + height, c : c + width] for r, c in zip(rows, columns, strict=True)]


def _psnr(mean_square: float) -> float:
    return float(-10 * np.log10(mean_square)) if mean_square > 0 else float("inf")


# What was made up -----------------------------------------------------------------------


@dataclass(frozen=True)
class Invention:
    """Where a photograph was changed beyond what noise explains.

    Parameters
    ----------
    disagreement
        Standard deviation over mirrored and re-noised passes, shares of white, `(H, W)`; 0: every
        pass gives the same.
    structure
        How alike neighbours are in what was taken away, `(H, W)`, 0 (white noise) to 1 (a shape).
    """

    disagreement: np.ndarray
    structure: np.ndarray

    def doubt(self, sigma: float) -> np.ndarray:
        """Both in one map, `(H, W)`, 0 (noise explains it) to 1; `sigma` as a share of white."""
        unsure = self.disagreement / max(0.5 * sigma, 2 / 255)
        return np.asarray(np.clip(np.maximum(unsure, self.structure), 0, 1))


def invention(restored: Restored, restorer: Restorer, sigma: float, *, seed: int = 0) -> Invention:
    """Find where the network made something up, or took something away.

    Four passes over the photograph, mirrored each time another way and with a fifth of its noise
    added again: what hangs on the noise comes out differently. And where neighbours of the
    residual are alike, more than noise was taken away.

    Parameters
    ----------
    restored
        At full strength.
    sigma
        Deviation of the noise, a share of white.
    """
    from scipy.ndimage import gaussian_filter

    n_colours, white = n_colours_of(restored.x), white_of(restored.x)
    rng = np.random.default_rng(seed)
    values = restored.x[:n_colours].astype(np.float32) / np.float32(white)
    total, squares = np.zeros_like(values), np.zeros_like(values)
    ways: tuple[tuple[int, ...], ...] = ((), (1,), (2,), (1, 2))
    for axes in ways:
        noise = rng.standard_normal(values.shape, np.float32) * np.float32(0.2 * sigma)
        seen = np.flip(values + noise, axes) if axes else values + noise
        found = _finished(restorer, np.ascontiguousarray(seen))
        found = np.flip(found, axes) if axes else found
        total += found
        squares += found**2
    spread = np.sqrt(np.maximum(squares / len(ways) - (total / len(ways)) ** 2, 0)).mean(0)
    taken = restored.residual[:n_colours].mean(0)
    soft = gaussian_filter(taken, 2.0, mode="reflect")
    energy = gaussian_filter(taken**2, 4.0, mode="reflect")
    coarse = gaussian_filter(soft**2, 4.0, mode="reflect")
    expected = 1 / (4 * np.pi * 2.0**2)  # what the blur leaves of white noise
    share = coarse / np.maximum(energy, (0.5 / 255) ** 2)
    structure = np.clip((share - 3 * expected) / (1 - 3 * expected), 0, 1)
    return Invention(spread.astype(np.float32), structure.astype(np.float32))


def _finished(restorer: Restorer, x: np.ndarray) -> np.ndarray:
    """Clean a photograph of floats, without telling how far it is."""
    steps = restorer.restoring(x)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Restored = end.value
            return found.x_hat
