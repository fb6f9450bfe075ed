"""`aecore bench restore DIR --truth`: is what is said of noise and of the result true?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aecore.bench.report import Figure
from aecore.bench.restore.measure import noisy_picture
from aecore.bench.restore.repairs import jpeg
from aecore.errors import DataError
from aecore.metrics.pictures import psnr
from aecore.photos.cleaning import clean_photo_steps
from aecore.photos.noise_level import noise_level
from aecore.photos.restorer import Restorer, restorer_of
from aecore.photos.risk import risk_of
from aecore.store import run_to_end

Watch = Callable[[str], None]
LEVELS = {5.0: 20.0, 10.0: 10.0, 25.0: 10.0, 50.0: 10.0}
"""Sigmas of 255 at which the level is estimated, and the median error that is asked for, %."""
_JUDGED = (10.0, 25.0, 50.0)
_OFF_DB = 0.5
_HARD, _SOFT = 50, 90
Estimate = Callable[[np.ndarray, float, int, int], tuple[float, float]]
"""A picture, sigma, seed and its number: to the noise that is estimated, and the true one."""


@dataclass(frozen=True)
class _Judged:
    """One picture: the true PSNR and Stein's estimate, and what is told of it as a photograph.

    Parameters
    ----------
    photo_sigma
        Noise told of the 8-bit photograph, of 255.
    network_db
        PSNR of what the network gives for it, before what black and white cut off is put right.
    """

    true_db: float
    said_db: float
    photo_db: float
    low_high_db: tuple[float, float] | None
    photo_sigma: float
    network_db: float


def figures(
    pictures: dict[str, np.ndarray],
    *,
    weights: Path | None = None,
    seed: int = 0,
    watch: Watch = lambda text: None,
) -> Iterator[Figure]:
    """The estimated noise and the expected PSNR beside what they are; as they are known.

    Parameters
    ----------
    pictures
        uint8 `(C, H, W)`, by name.
    weights
        Of the restorer; None: those that ship.
    seed
        Decides the noise.
    """
    for kind, estimate in _KINDS.items():
        for sigma, target in LEVELS.items():
            watch(f"noise level at sigma {sigma:g}, {kind}")
            yield _level(pictures, kind, estimate, sigma, target, seed)
    restorer = restorer_of(weights)
    for sigma in _JUDGED:
        found = []
        for index, x in enumerate(pictures.values()):
            watch(f"expected PSNR at sigma {sigma:g}, picture {index + 1} of {len(pictures)}")
            found.append(_judged(x, sigma, restorer, seed, index))
        yield from _scores(found, sigma)


def _level(
    pictures: dict[str, np.ndarray],
    kind: str,
    estimate: Estimate,
    sigma: float,
    target: float,
    seed: int,
) -> Figure:
    pairs = [estimate(x, sigma, seed, index) for index, x in enumerate(pictures.values())]
    off = 100 * np.abs([found / true - 1 for found, true in pairs])
    return Figure(
        f"{kind}, estimated at sigma {sigma:g}: median error",
        float(np.median(off)),
        "%",
        target,
        reference=f"{len(off)} pictures, worst {off.max():.3g} %",
    )


def _white(x: np.ndarray, sigma: float, seed: int, index: int) -> tuple[float, float]:
    return 255 * noise_level(noisy_picture(x, sigma, seed, index)).sigma, sigma


def _by_light(x: np.ndarray, sigma: float, seed: int, index: int) -> tuple[float, float]:
    """Three quarters of the variance grow with the light; told as the root of the mean square."""
    variance, values = (sigma / 255) ** 2, x / 255
    slope, offset = 0.75 * variance / values.mean(), 0.25 * variance
    normal = np.random.default_rng((seed, round(10 * sigma), index)).standard_normal(x.shape)
    level = noise_level((values + np.sqrt(slope * values + offset) * normal).astype(np.float32))
    return 255 * float(np.sqrt(np.mean(np.square(level.at(values))))), sigma


def _on_jpeg(x: np.ndarray, sigma: float, seed: int, index: int) -> tuple[float, float]:
    return _white(jpeg(x, _HARD), sigma, seed, index)


def _as_jpeg(x: np.ndarray, sigma: float, seed: int, index: int) -> tuple[float, float]:
    """What JPEG leaves of the noise: the difference to the same file without."""
    noisy = noisy_picture(x, sigma, seed, index)
    saved = jpeg(np.rint(255 * noisy.clip(0, 1)).astype(np.uint8), _SOFT)
    left = np.subtract(saved, jpeg(x, _SOFT), dtype=np.float64)
    return noise_level((saved / 255).astype(np.float32)).sigma_255, float(left.std())


_KINDS: dict[str, Estimate] = {
    "white noise": _white,
    "noise that grows with the light": _by_light,
    f"white noise on pictures saved as JPEG of quality {_HARD}": _on_jpeg,
    f"white noise saved as JPEG of quality {_SOFT}": _as_jpeg,
}


def _judged(x: np.ndarray, sigma: float, restorer: Restorer, seed: int, index: int) -> _Judged:
    noisy = noisy_picture(x, sigma, seed, index)
    restored = run_to_end(restorer.restoring(noisy))
    risk = run_to_end(risk_of(restored, restorer, sigma / 255))
    if risk is None:
        raise DataError(f"Picture {index + 1} is black and white alone.", "Leave it out.")
    photo = np.rint(255 * noisy.clip(0, 1)).astype(np.uint8)
    cleaned = run_to_end(clean_photo_steps(photo, restorer))
    told = cleaned.quality()
    return _Judged(
        _psnr(x, restored.x_hat),
        risk.at(1.0).psnr_db,
        _psnr(x, cleaned.x_hat / 255),
        None if told is None else (told.low_db, told.high_db),
        255 * cleaned.sigma,
        _psnr(x, run_to_end(restorer.restoring(photo)).x_hat / 255),
    )


def _psnr(x: np.ndarray, x_hat: np.ndarray) -> float:
    return float(psnr(x[None] / 255.0, np.clip(x_hat, 0, 1)[None])[0])


def _scores(found: list[_Judged], sigma: float) -> Iterator[Figure]:
    off = np.abs([one.said_db - one.true_db for one in found])
    yield Figure(
        f"PSNR expected at sigma {sigma:g}, told: error, median",
        float(np.median(off)),
        "dB",
        _OFF_DB,
        reference=f"{len(found)} pictures, worst {off.max():.2f} dB; noise not clipped",
    )
    away = 100 * np.abs([one.photo_sigma / sigma - 1 for one in found])
    yield Figure(
        f"8-bit photographs of sigma {sigma:g}: noise told after cleaning: median error",
        float(np.median(away)),
        "%",
        reference=f"worst {away.max():.3g} %",
    )
    gained = np.array([one.photo_db - one.network_db for one in found])
    yield Figure(
        f"8-bit photographs of sigma {sigma:g}: gained by putting black and white right, mean",
        float(gained.mean()),
        "dB",
        reference=f"{gained.min():.2f} to {gained.max():.2f} dB",
    )
    told = [(one.photo_db, *one.low_high_db) for one in found if one.low_high_db is not None]
    yield Figure(
        f"8-bit photographs of sigma {sigma:g}, estimated: an interval can be told",
        100 * len(told) / len(found),
        "%",
    )
    if told:
        holds = [low <= true <= high for true, low, high in told]
        widths = [high - low for _, low, high in told]
        yield Figure(
            f"8-bit photographs of sigma {sigma:g}, estimated: the interval holds the truth",
            100 * float(np.mean(holds)),
            "%",
            90.0,
            "high",
            f"{len(told)} pictures, median width {np.median(widths):.1f} dB",
        )
