"""How much noise a photograph holds, told from the photograph alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

_PATCH_PX = 7
_N_ROUNDS = 8
_CONFIDENCE = 1 - 1e-6
_MAX_PATCHES = 40_000
_N_BRIGHTNESSES = 8
_N_QUARTERS = 4
_CLEAN_255 = 1.5
_COARSER = 1.4
_BRIGHTER = 2.0
_MIN_COARSE_PX = 64
_BLOCK_PX = 8
_BLOCKY = 1.3
"""Pictures that were not compressed hard stay under 1.2, JPEG of quality 40 and less lies above."""
_BLOCKY_STRENGTH = 0.6
_JPEG_ALONE_255 = 5.0
_LEAST_ERROR = 0.015
"""Of sigma: what remains on photographs with noise of known level (BENCHMARKS.md)."""
_CUT_SHARE = 0.001
CUT_SIGMAS = 2.0
"""So near to black or white noise is cut off: of 1.5, 2, 2.5 and 3 this errs least."""
_MIN_PATCHES = 1000


@dataclass(frozen=True)
class NoiseLevel:
    """Noise of a photograph.

    Parameters
    ----------
    sigma
        Standard deviation of white noise, as a share of white; 0 is none.
    coarse
        What `sigma` would have to be for the noise that is left at half the size. As large for
        white noise; larger where neighbours share their noise, as JPEG and cameras leave it.
    error
        Standard error of `sigma`: how much parts of the picture disagree, and 1.5 % of it.
    by_brightness, by_offset
        The variance of the noise at brightness x is `by_brightness * x + by_offset`: what light
        itself brings, and what the camera adds (Foi et al. 2008, IEEE TIP 17).
    channels
        `sigma` of each colour by itself.
    blocks
        How much larger steps between pixels are along the edges of JPEG's blocks than elsewhere;
        1: there are no blocks.
    """

    sigma: float
    coarse: float
    error: float
    by_brightness: float
    by_offset: float
    channels: tuple[float, ...] = ()
    blocks: float = 1.0

    @property
    def sigma_255(self) -> float:
        """The larger of `sigma` and `coarse`, in steps of an 8-bit picture."""
        return 255 * max(self.sigma, self.coarse)

    @property
    def looks_clean(self) -> bool:
        """Whether there is hardly more noise than rounding to 8 bits leaves, and no blocks."""
        return self.sigma_255 < _CLEAN_255 and not self.is_blocky

    @property
    def is_blocky(self) -> bool:
        """Whether JPEG has compressed it so hard that the edges of its blocks show."""
        return self.blocks > _BLOCKY

    @property
    def is_white(self) -> bool:
        """Whether neighbours do not share their noise, as far as one can tell."""
        return not self.is_blocky and (self.coarse < _COARSER * self.sigma or self.looks_clean)

    @property
    def strength(self) -> float:
        """How strongly to clean, 0 to 1; see `strength_at`. JPEG alone takes a middle strength."""
        if self.is_blocky and self.sigma_255 < _JPEG_ALONE_255:
            return _BLOCKY_STRENGTH
        return strength_at(self.sigma_255)

    @property
    def grows_with_light(self) -> bool:
        """Whether there is clearly more noise in lights than in shadows."""
        dark, bright = self.at(np.array([0.1, 0.9]))
        return bool(not self.looks_clean and bright > _BRIGHTER * dark)

    def at(self, brightness: np.ndarray) -> np.ndarray:
        """Deviation of the noise where the picture is so bright; shares of white both."""
        return np.sqrt(np.maximum(self.by_brightness * brightness + self.by_offset, 0.0))


def strength_at(sigma_255: float) -> float:
    """How strongly to clean, 0 to 1: in full from twice the level that looks clean."""
    return min(1.0, max(0.0, (sigma_255 - 0.5) / (2 * _CLEAN_255 - 0.5)))


def noise_level(x: np.ndarray) -> NoiseLevel:
    """Estimate the noise of a photograph.

    The smallest principal component of patches with little texture: Liu, Tanaka & Okutomi 2013,
    "Single-Image Noise Level Estimation for Blind Denoising", IEEE TIP 22. Which patches have
    little texture is judged by their gradients, against what noise of the level found so far
    would give them; a few rounds settle it. Taken in each channel, in each quarter of the picture,
    and among the patches of each brightness.

    JPEG takes fine noise away and leaves coarse, which `sigma` alone hardly sees: the same is
    therefore done at half the size. Where black and white have cut noise off, patches near them are
    left out.

    Parameters
    ----------
    x
        Colours `(C, H, W)`, no alpha, as shares of white.
    """
    with threadpool_limits(1):  # of matrices so small two threads take twice as long
        return _noise_level(x)


def _noise_level(x: np.ndarray) -> NoiseLevel:
    channels = [_Patches.of(channel).uncut() for channel in x]
    each = _sigmas(channels)
    sigma = _mean(each)
    small = min(x.shape[1:]) < _MIN_COARSE_PX
    coarse = sigma if small else 2 * _mean(_sigmas([_Patches.of(c) for c in _halved(x)]))
    parts = [
        np.sqrt(np.mean([_weak_texture(patches.quarter(i)) for patches in channels]))
        for i in range(_N_QUARTERS)
    ]
    spread = float(np.std(parts, ddof=1) / np.sqrt(_N_QUARTERS))
    error = float(np.hypot(spread, _LEAST_ERROR * sigma))
    slope, offset = _line(channels, sigma)
    return NoiseLevel(sigma, coarse, error, slope, offset, each, 1.0 if small else _blocks(x))


def is_cut_off(x: np.ndarray, white: float) -> bool:
    """Whether noise ends at black and white: a thousandth lies on them, and nothing beyond."""
    if x.min() < 0 or x.max() > white:
        return False
    return bool(np.mean((x == 0) | (x == white)) >= _CUT_SHARE)


def _blocks(x: np.ndarray) -> float:
    """Steps along the lines of a grid of 8 px, over those elsewhere; the least of both axes."""
    luma = x.mean(0)
    found = []
    for across in (luma, luma.T):
        steps = np.abs(np.diff(across, axis=1)).mean(0)
        by_place = steps[: len(steps) // _BLOCK_PX * _BLOCK_PX].reshape(-1, _BLOCK_PX).mean(0)
        most = by_place.max()
        others = (by_place.sum() - most) / (_BLOCK_PX - 1)
        found.append(float(most / others) if others > 0 else 1.0)
    return min(found)


def _sigmas(channels: list[_Patches]) -> tuple[float, ...]:
    return tuple(math.sqrt(_weak_texture(patches)) for patches in channels)


def _mean(sigmas: tuple[float, ...]) -> float:
    return float(np.sqrt(np.mean(np.square(sigmas))))


def _halved(x: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 pixels of `(C, H, W)`."""
    C, H, W = x.shape
    even = x[:, : H - H % 2, : W - W % 2].reshape(C, H // 2, 2, W // 2, 2)
    return np.asarray(even.mean((2, 4)))


@dataclass(frozen=True)
class _Patches:
    """Patches of one channel: `values (n, 49)`, their `texture (n,)`, and in which `part (n,)`."""

    values: np.ndarray
    texture: np.ndarray
    part: np.ndarray

    @classmethod
    def of(cls, channel: np.ndarray) -> _Patches:
        H, W = channel.shape
        side = min(_PATCH_PX, H, W)
        # every patch of a small picture; of a large one, on a grid that is as even as can be
        step = max(1, round(float(np.sqrt(H * W / _MAX_PATCHES))))
        windows = np.lib.stride_tricks.sliding_window_view(channel, (side, side))
        rows = np.arange(0, windows.shape[0], step) * 2 // max(1, windows.shape[0])
        columns = np.arange(0, windows.shape[1], step) * 2 // max(1, windows.shape[1])
        part = (2 * rows[:, None] + columns[None, :]).reshape(-1)
        values = windows[::step, ::step].astype(np.float32).reshape(-1, side, side)
        return cls(values.reshape(len(values), -1), _gradients(values), part)

    def quarter(self, i: int) -> _Patches:
        return self.only(self.part == i)

    def uncut(self) -> _Patches:
        """Those whose noise black and white leave whole; all, where none is cut or few are left."""
        if not is_cut_off(self.values, 1):
            return self
        brightness, found = self.values.mean(1), self
        for _ in range(2):  # the first sigma is too low
            margin = CUT_SIGMAS * math.sqrt(_weak_texture(found))
            inside = (brightness > margin) & (brightness < 1 - margin)
            if inside.sum() < _MIN_PATCHES:
                break
            found = self.only(inside)
        return found

    def only(self, which: np.ndarray) -> _Patches:
        return _Patches(self.values[which], self.texture[which], self.part[which])


def _gradients(values: np.ndarray) -> np.ndarray:
    """Summed squares of central differences along both axes of `(n, side, side)`; `(n,)`."""
    across = (values[:, :, 2:] - values[:, :, :-2]).reshape(len(values), -1)
    down = (values[:, 2:] - values[:, :-2]).reshape(len(values), -1)
    energy = np.einsum("ij,ij->i", across, across) + np.einsum("ij,ij->i", down, down)
    return np.asarray(energy / 4)


def _weak_texture(patches: _Patches) -> float:
    """Variance of the noise, from patches whose gradients noise alone explains."""
    n, d = patches.values.shape
    if n <= d or d < 9:  # too small a picture for any of this
        return float(patches.values.var()) if n else 0.0
    variance = _smallest(patches.values)
    for _ in range(_N_ROUNDS):
        chosen = patches.texture < variance * _threshold(round(np.sqrt(d)))
        if chosen.sum() <= 2 * d:
            break
        before, variance = variance, _smallest(patches.values[chosen])
        if abs(variance - before) < 1e-4 * before:
            break
    return variance


def _smallest(values: np.ndarray) -> float:
    """Smallest eigenvalue of the covariance of patches `(n, d)`, not under 0.

    Each patch is first taken about its own mean, which choosing patches by brightness narrows.
    Of white noise alone it comes out low by a factor (1 - sqrt(d / n))² (Marchenko & Pastur 1967);
    the texture that is left makes up for about half of that, so half of it is taken back.
    """
    centred = values - values.mean(1, keepdims=True)
    centred -= centred.mean(0)
    covariance = (centred.T @ centred).astype(np.float64) / (len(values) - 1)
    n, d = values.shape
    lowest = float(np.linalg.eigvalsh(covariance)[1])
    return max(0.0, lowest / (1 - 0.5 * math.sqrt(d / n)) ** 2)


@cache
def _threshold(side: int) -> float:
    """Gradient energy of a patch of white noise of variance 1 that few exceed.

    It is a sum of squares of Gaussians, of which the gamma distribution with the same mean and
    variance tells the quantile.
    """
    from scipy.stats import gamma

    rows = np.zeros((side - 2, side))
    for i in range(side - 2):
        rows[i, i], rows[i, i + 2] = -0.5, 0.5
    one = rows.T @ rows
    both = np.kron(one, np.eye(side)) + np.kron(np.eye(side), one)  # (side², side²)
    mean, variance = np.trace(both), 2 * np.trace(both @ both)
    return float(gamma.ppf(_CONFIDENCE, mean**2 / variance, scale=variance / mean))


def _line(channels: list[_Patches], sigma: float) -> tuple[float, float]:
    """Slope and offset of the variance over brightness, neither below 0."""
    from scipy.optimize import nnls

    found = []
    for patches in channels:
        brightness = patches.values.mean(1)
        edges = np.quantile(brightness, np.linspace(0, 1, _N_BRIGHTNESSES + 1))
        for low, high in pairwise(edges):
            inside = (brightness >= low) & (brightness <= high) & (low > 0.02) & (high < 0.98)
            if inside.sum() < 500:
                continue
            # all of them: among patches of several levels, weak texture would choose the lowest
            level = _smallest(patches.values[inside])
            found.append((float(brightness[inside].mean()), level, float(inside.sum())))
    if len(found) < 3:
        return 0.0, sigma**2
    x, variance, n = np.array(found).T
    weight = np.sqrt(n) / np.maximum(variance, 1e-8)
    for _ in range(3):  # bins full of texture stand out: they count less
        (slope, offset), _rest = nnls(np.stack([weight * x, weight], 1), weight * variance)
        excess = variance / np.maximum(slope * x + offset, 1e-12)
        weight = np.sqrt(n) / np.maximum(variance, 1e-8) / np.maximum(1, excess**2)
    return float(slope), float(offset)
