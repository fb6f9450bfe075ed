"""Photographs that come with scikit-image, with noise of known kind and strength put on them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from aecore.errors import DataError
from aecore.sentence import Sentence
from aecore.specs.photos import PhotoNoise, PhotoSample

SAMPLES: dict[PhotoSample, str] = {
    "chelsea": Sentence("A cat"),
    "astronaut": Sentence("An astronaut"),
    "coffee": Sentence("A cup of coffee"),
    "rocket": Sentence("A rocket at night"),
    "motorcycle": Sentence("Motorcycles in a hall"),
    "camera": Sentence("A man with a camera, grey"),
    "moon": Sentence("The moon, grey"),
}
NOISES: dict[PhotoNoise, str] = {
    "none": Sentence("No noise"),
    "white": Sentence("Even noise"),
    "light": Sentence("Sensor noise"),
    "jpeg": Sentence("Sensor noise and JPEG"),
}
_DARK = 0.1
"""Share of a sensor's noise that is there without light."""
_SOFT_PX = 0.6
"""How far a camera's own smoothing reaches."""
_QUALITY = 60


@dataclass(frozen=True)
class SamplePhoto:
    """A photograph and what noise made of it, uint8 `(C, H, W)` both."""

    clean: np.ndarray
    x: np.ndarray


def sample_photo(
    name: PhotoSample, noise: PhotoNoise = "white", sigma: float = 25.0, seed: int = 0
) -> SamplePhoto:
    """A sample with noise on it, in 8 bits as a file would have it.

    Parameters
    ----------
    noise
        "none"; "white": of one deviation; "light": its variance grows with the brightness, as
        photons do (Foi et al. 2008, IEEE TIP 17); "jpeg": that, smoothed a little and written as
        a JPEG of quality 60.
    sigma
        Its deviation in steps of 255; where it grows with the light, at mean brightness.
    seed
        Decides the noise.

    Raises
    ------
    DataError
        If scikit-image came without its pictures.
    """
    clean = _picture(name)
    values = clean.astype(np.float32) / np.float32(255)
    normal = np.random.default_rng(seed).standard_normal(values.shape, np.float32)
    noisy = _WAYS[noise](values, normal, sigma / 255)
    return SamplePhoto(clean, _rounded(noisy))


def _picture(name: PhotoSample) -> np.ndarray:
    from skimage import data

    try:
        found = data.stereo_motorcycle()[0] if name == "motorcycle" else getattr(data, name)()
    except (OSError, ModuleNotFoundError, ValueError) as problem:  # it would want to download
        raise DataError(
            "This sample photograph did not come with scikit-image.", "Choose another one."
        ) from problem
    x = np.asarray(found)
    x = x[None] if x.ndim == 2 else x.transpose(2, 0, 1)
    return np.ascontiguousarray(x, np.uint8)


def _none(values: np.ndarray, normal: np.ndarray, sigma: float) -> np.ndarray:
    return values


def _white(values: np.ndarray, normal: np.ndarray, sigma: float) -> np.ndarray:
    return values + np.float32(sigma) * normal


def _light(values: np.ndarray, normal: np.ndarray, sigma: float) -> np.ndarray:
    brightness = _DARK + (1 - _DARK) * values / max(float(values.mean()), 1e-3)
    return np.asarray(values + np.float32(sigma) * np.sqrt(brightness, dtype=np.float32) * normal)


def _jpeg(values: np.ndarray, normal: np.ndarray, sigma: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    soft = gaussian_filter(normal, (0, _SOFT_PX, _SOFT_PX))
    x = _rounded(_light(values, soft / soft.std(), sigma))
    file = io.BytesIO()
    Image.fromarray(x[0] if len(x) == 1 else x.transpose(1, 2, 0)).save(
        file, "JPEG", quality=_QUALITY
    )
    written = np.asarray(Image.open(file), np.float32) / np.float32(255)
    return written[None] if written.ndim == 2 else written.transpose(2, 0, 1)


_WAYS: dict[PhotoNoise, Callable[[np.ndarray, np.ndarray, float], np.ndarray]] = {
    "none": _none,
    "white": _white,
    "light": _light,
    "jpeg": _jpeg,
}


def _rounded(values: np.ndarray) -> np.ndarray:
    """Shares of white as uint8, what is outside clipped."""
    return np.asarray(np.rint(values.clip(0, 1) * 255), np.uint8)
