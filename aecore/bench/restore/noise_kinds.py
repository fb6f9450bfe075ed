"""Six kinds of noise to measure on: white, with the light, coarse, rows, JPEG, a camera's."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy.ndimage import convolve, gaussian_filter, zoom

Draw = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
"""Clean colours `(3, H, W)` and a deviation, shares of white: to noisy ones, not clipped."""


def _normal(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(rng.standard_normal(x.shape))


def _white(x: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    return np.asarray(x + sigma * _normal(x, rng))


def _light(x: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Variance in proportion to the brightness, `sigma` at a quarter of white."""
    return np.asarray(x + sigma * np.sqrt(4 * x + 0.02) * _normal(x, rng))


def _coarse(x: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    noise = gaussian_filter(_normal(x, rng), (0, 1.2, 1.2))
    return np.asarray(x + sigma * noise / noise.std())


def _rows(x: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Half as much white noise beside it."""
    lines = rng.standard_normal((1, x.shape[1], 1))
    return np.asarray(x + sigma * lines + 0.5 * sigma * _normal(x, rng))


def _jpeg(x: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """White noise, written as JPEG of quality 80."""
    return as_jpeg(_white(x, sigma, rng), 80)


def _camera(x: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """A Bayer mosaic in linear light, colours smoothed and enlarged with the picture, JPEG 90."""
    small = zoom(x, (1, 0.75, 0.75), order=1).clip(0, 1)
    linear = small**2.2
    raw = np.sqrt(0.02 * linear + 2e-5) * _normal(small, rng)
    mask = np.zeros_like(raw)
    mask[0, ::2, ::2] = mask[1, ::2, 1::2] = mask[1, 1::2, ::2] = mask[2, 1::2, 1::2] = 1
    cross = np.array([[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]])
    green = np.array([[0, 0.25, 0], [0.25, 1, 0.25], [0, 0.25, 0]])
    full = np.stack([convolve(raw[c] * mask[c], green if c == 1 else cross) for c in range(3)])
    full *= np.array([2.0, 1.0, 1.6])[:, None, None]
    noise = (linear + full).clip(1e-5, None) ** (1 / 2.2) - small
    luma = noise.mean(0)
    colour = gaussian_filter(noise - luma, (0, 1.5, 1.5))
    field = np.stack([_to_size(part, x.shape[1:]) for part in luma + colour])
    return as_jpeg(x + sigma * field / field.std(), 90)


KINDS: dict[str, Draw] = {
    "white": _white,
    "light": _light,
    "coarse": _coarse,
    "rows": _rows,
    "jpeg": _jpeg,
    "camera": _camera,
}
SIGMA_255 = {"white": 15.0, "light": 12.0, "coarse": 10.0, "rows": 8.0, "jpeg": 12.0, "camera": 8.0}
"""How strong each is measured at, in steps of 255."""


def noisy(x: np.ndarray, kind: str, seed: int = 0, sigma_255: float | None = None) -> np.ndarray:
    """A clean photograph, shares of white `(3, H, W)`, with noise of a kind, as uint8."""
    sigma = (SIGMA_255[kind] if sigma_255 is None else sigma_255) / 255
    found = KINDS[kind](x.astype(np.float64), sigma, np.random.default_rng(seed))
    return np.asarray(np.rint(255 * found.clip(0, 1)), np.uint8)


def as_jpeg(x: np.ndarray, quality: int) -> np.ndarray:
    """Shares of white `(3, H, W)` written as JPEG and read again."""
    pixels = np.rint(255 * x.clip(0, 1)).astype(np.uint8).transpose(1, 2, 0)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "JPEG", quality=quality)
    found = np.asarray(Image.open(file), np.float64)
    return np.asarray(found.transpose(2, 0, 1) / 255)


def _to_size(part: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    factors = [wanted / have for wanted, have in zip(size, part.shape, strict=True)]
    return np.asarray(zoom(part, factors, order=3))[: size[0], : size[1]]
