"""How good a cleaned photograph is when nobody has the clean one: Stein's estimate."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from aecore.artifact import Progress, run_to_end
from aecore.metrics.pictures import PSNR_MAX_DB
from aecore.photos.cut_noise import clipped_noise_energy
from aecore.photos.noise_level import CUT_SIGMAS, is_cut_off
from aecore.photos.residual_noise import MARGIN_SIGMAS, ResidualNoise, residual_noise
from aecore.photos.restorer import Restored, Restorer
from aecore.photos.values import n_colours_of, white_of

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
_ROUGHLY = 0.25
_GRAIN_255 = 1.5
"""Noise that originals have of their own, which goes with the rest where sigma is estimated."""


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
    noise
        Mean square of their noise over that of whole noise: a little is cut off of theirs too.
    beyond
        Share of values so near to black and white that noise was cut off there: they were not
        judged so.
    beyond_slope, beyond_noise
        Their slope, and the mean square of their noise over that of whole noise.
    """

    moved: float
    slope: float
    slope_error: float
    sigma: float
    sigma_error: float
    n_values: int
    noise: float = 1.0
    beyond: float = 0.0
    beyond_slope: float = 0.0
    beyond_noise: float = 1.0

    def at(self, strength: float) -> ExpectedQuality:
        """Stein's estimate for the blend `x + strength (x_hat - x)`.

        Of values beyond, it takes the result for the best guess, whose error is `sigma² slope`
        (see `residual_noise`), a quarter of that being unsure.
        """
        variance = self.sigma**2
        follows = (1 - strength) * self.noise + strength * self.slope  # the blend's own slope
        error = strength**2 * self.moved - variance * self.noise + 2 * variance * follows
        unsure = math.hypot(
            2 * self.sigma * self.sigma_error * (1 - 2 * follows),
            2 * variance * strength * self.slope_error,
            variance * math.sqrt(2 / self.n_values),
            2 * self.sigma * math.sqrt(max(error, 0.0) / self.n_values),
        )
        kept = (1 - strength) ** 2
        outside = variance * ((1 - kept) * self.beyond_slope + kept * self.beyond_noise)
        error = (1 - self.beyond) * error + self.beyond * outside
        unsure = math.hypot((1 - self.beyond) * unsure, self.beyond * _ROUGHLY * outside)
        grain = (_GRAIN_255 / 255) ** 2 if self.sigma_error else 0.0
        low, high = error + 2 * unsure + strength**2 * grain, error - 2 * unsure
        return ExpectedQuality(_psnr(error), _psnr(low), _psnr(high))


def risk_of(
    restored: Restored,
    restorer: Restorer,
    sigma: float,
    noise: NoiseAt | None = None,
    *,
    sigma_error: float = 0.0,
    sharpens: bool = False,
    seed: int = 0,
) -> Generator[Progress, None, Risk | None]:
    """Stein's unbiased risk estimate of what cleaning has left.

    For independent noise of deviation sigma the error of an estimate f(x) is, on average,
    `mean (x - f(x))² - sigma² + 2 sigma² div f / N` (Stein 1981, Annals of Statistics 9). The
    divergence is taken along one random direction of each of a few squares of the photograph
    (Ramani, Blu & Unser 2008, IEEE TIP 17). Where black and white have cut noise off, this holds
    of values two sigma and more away from them; None where there are hardly any.

    Parameters
    ----------
    restored
        At full strength, with the noise not clipped away.
    restorer
        What cleaned it.
    sigma, sigma_error
        Deviation of the noise and its standard error, shares of white; `noise` may say how it
        hangs on the brightness, and sigma is then the root of its mean square.
    sharpens
        Whether sigma is an estimate, to be made again from what was taken away
        (`residual_noise`); not where noise hangs on the brightness.
    seed
        Decides squares and directions.

    Yields
    ------
    Progress
        In squares; closing the generator cancels.
    """

    def clean(values: Tensor) -> Tensor:  # as results are written: clipped
        return restorer.restore_values(values).clamp(0, 1)

    level, guesses = ResidualNoise(sigma, sigma_error), restorer.is_best_guess
    return (yield from _risk(restored, clean, level, noise, sharpens, guesses, seed))


def expected_quality(
    restored: Restored,
    clean: Clean,
    sigma: float,
    *,
    sigma_error: float = 0.0,
    seed: int = 0,
) -> ExpectedQuality | None:
    """As `risk_of`, at full strength and at once, of anything that cleans."""
    level = ResidualNoise(sigma, sigma_error)
    risk = run_to_end(_risk(restored, clean, level, None, False, False, seed))
    return None if risk is None else risk.at(1.0)


def _risk(
    restored: Restored,
    clean: Clean,
    level: ResidualNoise,
    noise: NoiseAt | None,
    sharpens: bool,
    guesses: bool,
    seed: int,
) -> Generator[Progress, None, Risk | None]:
    n_colours, white = n_colours_of(restored.x), np.float32(white_of(restored.x))
    x, x_hat = restored.x[:n_colours], restored.x_hat[:n_colours]
    generator = torch.Generator().manual_seed(seed)
    squares = _squares(x.shape[1:], seed)
    is_cut = is_cut_off(x, float(white))
    margin = CUT_SIGMAS * level.sigma if is_cut else -math.inf
    within, beyond = _Followed(margin), _Followed(margin, is_outside=True)
    told_by = _Followed(MARGIN_SIGMAS * level.sigma if is_cut else -math.inf)
    for n_done, (rows, columns) in enumerate(squares):
        yield Progress("judging the result", n_done, len(squares))
        values = torch.from_numpy(x[:, rows, columns].astype(np.float32) / white)[None]
        cleaned = x_hat[:, rows, columns] / white
        deviation = deviation_at(cleaned, level.sigma, noise)
        direction = torch.randn(values.shape, generator=generator) * torch.from_numpy(deviation)
        step = _STEP * direction
        moved = (clean(values + step) - clean(values - step)).cpu()
        followed = ((direction * moved).double() / (2 * _STEP))[0].numpy()
        for each in (within, beyond, told_by):
            each.add(values[0].numpy(), cleaned, followed, deviation)
    if not within.slopes:
        return None
    if sharpens and guesses and noise is None and told_by.slopes:
        level = told_by.noise(level, is_cut=is_cut)
    moved_2, n_values = _mean_square(x, x_hat, float(white), margin)
    risk = Risk(moved_2, *within.slope, level.sigma, level.error, n_values)
    if not beyond.slopes or not guesses or noise is not None:  # the rest speaks for them
        return risk
    share = 1 - n_values / x.size
    return replace(
        risk,
        noise=clipped_noise_energy(within.cleaned, level.sigma),
        beyond=share,
        beyond_slope=beyond.slope[0],
        beyond_noise=clipped_noise_energy(beyond.cleaned, level.sigma),
    )


class _Followed:
    """How results follow their own noise, over squares of a photograph.

    Parameters
    ----------
    margin
        How near to black and white nothing is judged, a share of white.
    is_outside
        Judge what is nearer than that, instead.
    """

    def __init__(self, margin: float, *, is_outside: bool = False) -> None:
        self._margin, self._is_outside = margin, is_outside
        self.slopes: list[float] = []
        self._within: list[float] = []
        self._kept: list[tuple[np.ndarray, np.ndarray]] = []

    def add(
        self, x: np.ndarray, x_hat: np.ndarray, followed: np.ndarray, deviation: np.ndarray
    ) -> None:
        """One more square, `(C, h, w)`; nothing where hardly any of it is judged."""
        seen = _inside(x_hat, self._margin) != self._is_outside
        if seen.mean() < _MIN_SHARE:
            return
        mean_square = float(np.square(np.broadcast_to(deviation, seen.shape)[seen]).mean())
        mine = followed[seen] / mean_square
        self.slopes.append(float(mine.mean()))
        self._within.append(float(mine.std()) / math.sqrt(mine.size))
        self._kept.append((x[seen], x_hat[seen]))

    @property
    def slope(self) -> tuple[float, float]:
        """The mean slope, and its standard error."""
        n = len(self.slopes)
        error = float(np.std(self.slopes, ddof=1)) / math.sqrt(n) if n > 1 else self._within[0]
        return float(np.mean(self.slopes)), error

    @property
    def cleaned(self) -> np.ndarray:
        """The cleaned values that were judged, `(n,)`."""
        return np.concatenate([x_hat for _, x_hat in self._kept])

    def noise(self, thought: ResidualNoise, *, is_cut: bool) -> ResidualNoise:
        """The level of the noise, told from what was taken away here."""
        x, x_hat = (np.concatenate(kept) for kept in zip(*self._kept, strict=True))
        return residual_noise(x, x_hat, self.slope[0], thought, is_cut=is_cut)


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
