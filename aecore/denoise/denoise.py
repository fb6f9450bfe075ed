"""Noise goes on, the model takes it off, and both are scored against the clean picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.data.samples import SampleSet
from aecore.denoise.filters import Tuned, tuned
from aecore.denoise.noise import Noisy, check_pictures, effect, noisy
from aecore.metrics.pictures import mse, psnr, ssim
from aecore.runs import OpenRun
from aecore.specs.run import CorruptionSpec

N_TUNING = 24
"""Training pictures on which a filter's strength is chosen."""


@dataclass(frozen=True)
class Scores:
    """How near pictures are to clean ones, one value a picture, `(n,)` each.

    Parameters
    ----------
    mse
        Mean squared error of values in [0, 1]; 0 is perfect.
    psnr
        Peak signal-to-noise ratio, dB; more is better.
    ssim
        Structural similarity, -1 to 1 (identical).
    """

    mse: np.ndarray
    psnr: np.ndarray
    ssim: np.ndarray

    @classmethod
    def of(cls, clean: np.ndarray, x: np.ndarray) -> Scores:
        """Of pictures beside the clean ones, both uint8 `(n, C, H, W)`."""
        return cls(mse(clean, x), psnr(clean, x), ssim(clean, x))

    def means(self) -> dict[str, float]:
        """Means over the pictures, by name."""
        return {
            "mse": float(self.mse.mean()),
            "psnr_db": float(self.psnr.mean()),
            "ssim": float(self.ssim.mean()),
        }


@dataclass(frozen=True)
class Denoised:
    """Pictures with noise, and what a model made of them.

    Parameters
    ----------
    clean, cleaned
        uint8 `(n, C, H, W)`.
    noisy
        The pictures with noise, at full precision; `noisy.shown` is uint8.
    before, after
        Scores of the noisy and of the cleaned pictures, against the clean ones.
    """

    clean: np.ndarray
    noisy: Noisy
    cleaned: np.ndarray
    before: Scores
    after: Scores


def denoise(run: OpenRun, x: np.ndarray, noise: CorruptionSpec, seed: int = 0) -> Denoised:
    """Put noise on clean pictures, and have a run take it off.

    Parameters
    ----------
    x
        uint8 `(n, C, H, W)`.
    noise
        Kind, level and mean of the noise.
    seed
        Decides the noise.

    Raises
    ------
    DataError
        If the run reads no such pictures.
    """
    dirty = noisy(run, x, noise, seed)
    cleaned = clean(run, dirty)
    return Denoised(x, dirty, cleaned, Scores.of(x, dirty.shown), Scores.of(x, cleaned))


def clean(run: OpenRun, dirty: Noisy) -> np.ndarray:
    """Noisy pictures through the model: uint8 `(n, C, H, W)`.

    Raises
    ------
    DataError
        If the run reads no such pictures.
    """
    check_pictures(run)
    return run.reconstruct(dirty.values)


def as_it_is(x: np.ndarray) -> Noisy:
    """Pictures, uint8 `(n, C, H, W)`, that are noisy already."""
    return Noisy(x.astype(np.float32) / np.float32(255.0))


def best_filter(
    run: OpenRun, samples: SampleSet, name: str, noise: CorruptionSpec, seed: int = 0
) -> Tuned:
    """A filter at the strength that is best against a noise, on training pictures of the run.

    Raises
    ------
    SpecError
        If there is no such filter.
    """
    rows = np.random.default_rng(seed).permutation(samples.parts["train"])[:N_TUNING]
    x = np.asarray(samples.x[np.sort(rows)])
    return tuned(name, x, noisy(run, x, noise, seed + 1), effect(run, noise))


def guessed_deviation(x: np.ndarray) -> float:
    """Deviation of the noise in one picture, in [0, 1], estimated from the picture alone.

    The difference of two Laplacians cancels what is smooth; the mean of what is left is the noise:
    Immerkaer 1996, "Fast noise variance estimation", CVIU 64.

    Parameters
    ----------
    x
        uint8 `(C, H, W)`.
    """
    from scipy.ndimage import convolve

    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float64) / 6.0
    values = x.astype(np.float64) / 255.0
    found = [np.abs(convolve(channel, mask, mode="reflect")).mean() for channel in values]
    return float(np.sqrt(np.pi / 2) * np.mean(found))
