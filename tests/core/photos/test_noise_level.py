"""The noise of a photograph is told from the photograph alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut, camera, coffee

from aecore.photos.noise_level import noise_level

PHOTOS = {
    "astronaut": astronaut().transpose(2, 0, 1)[:, :256, :320] / 255,
    "coffee": coffee().transpose(2, 0, 1)[:, 80:336, 150:470] / 255,
    "camera": camera()[None, 100:420, 100:420] / 255,
}


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize(("sigma", "share"), [(5, 0.2), (15, 0.1), (40, 0.1)])
def test_white_noise_on_photographs(name: str, sigma: float, share: float) -> None:
    x = PHOTOS[name]
    found = noise_level(x + np.random.default_rng(0).normal(0, sigma / 255, x.shape))
    assert 255 * found.sigma == pytest.approx(sigma, rel=share)
    assert found.coarse == pytest.approx(found.sigma, rel=0.35)
    assert found.is_white
    assert found.strength == 1
    assert 0.009 < found.error / found.sigma < 0.2
    assert not found.looks_clean


@pytest.mark.parametrize("sigma", [25, 40])
def test_noise_that_black_and_white_cut_off_is_not_underestimated(sigma: int) -> None:
    dark = (1.6 * PHOTOS["coffee"] - 0.3).clip(0, 1)  # much of it is black or white
    noisy = dark + np.random.default_rng(0).normal(0, sigma / 255, dark.shape)
    photo = np.rint(255 * noisy.clip(0, 1)) / 255
    assert ((photo == 0) | (photo == 1)).mean() > 0.1
    assert 255 * noise_level(photo).sigma == pytest.approx(sigma, rel=0.06)


def test_clean_photographs_look_clean() -> None:
    assert 255 * noise_level(PHOTOS["coffee"]).sigma < 3
    smooth = noise_level(np.tile(np.linspace(0, 1, 200), (1, 100, 1)))
    assert smooth.looks_clean
    assert smooth.strength == 0


@pytest.mark.parametrize("quality", [50, 80, 95])
def test_noise_that_jpeg_has_made_coarse_is_not_missed(quality: int) -> None:
    x = 255 * PHOTOS["astronaut"]
    dirty = np.clip(x + np.random.default_rng(0).normal(0, 25, x.shape), 0, 255)
    written, clean = (_jpeg(picture, quality) for picture in (dirty, x))
    left = (written - clean).std()
    found = noise_level(written / 255)
    assert found.sigma_255 == pytest.approx(left, rel=0.4)
    assert noise_level(clean / 255).sigma_255 < 0.3 * left
    if quality == 50:
        assert not found.is_white
        assert 255 * found.sigma < 0.5 * left


def _jpeg(x: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    pixels = np.rint(x).astype(np.uint8).transpose(1, 2, 0)
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).transpose(2, 0, 1).astype(float)


@pytest.mark.parametrize("quality", [10, 30])
def test_jpeg_alone_shows_its_blocks_and_is_not_called_clean(quality: int) -> None:
    written = _jpeg(255 * PHOTOS["astronaut"], quality) / 255
    for x in (written, written[:, 3:, 5:]):  # wherever the blocks begin
        found = noise_level(x)
        assert found.is_blocky
        assert not found.looks_clean
        assert not found.is_white
        assert 0.5 < found.strength <= 1
    for name, x in PHOTOS.items():
        assert not noise_level(x).is_blocky, name
    noisy = written + np.random.default_rng(0).normal(0, 0.1, written.shape)
    assert not noise_level(noisy).is_blocky


def test_noise_alone_has_the_deviation_it_has() -> None:
    x = np.random.default_rng(0).normal(0.5, 0.1, (1, 300, 300))
    assert noise_level(x).sigma == pytest.approx(0.1, rel=0.03)


@pytest.mark.parametrize(("a", "b"), [(0.01, (5 / 255) ** 2), (0.03, 0.0)])
def test_noise_that_grows_with_the_light(a: float, b: float) -> None:
    x = PHOTOS["astronaut"]
    dirty = x + np.sqrt(a * x + b) * np.random.default_rng(0).standard_normal(x.shape)
    found = noise_level(dirty)
    brightness = np.array([0.2, 0.5, 0.8])
    assert found.at(brightness) == pytest.approx(np.sqrt(a * brightness + b), rel=0.25)
    assert found.by_brightness == pytest.approx(a, rel=0.35)
    flat = noise_level(x + np.random.default_rng(0).normal(0, 0.1, x.shape))
    assert flat.at(np.array(0.9)) == pytest.approx(flat.at(np.array(0.1)), rel=0.15)


@pytest.mark.parametrize("shape", [(3, 1, 1), (1, 1, 50), (3, 5, 400), (1, 7, 7), (3, 12, 9)])
def test_the_smallest_pictures_have_a_level_too(shape: tuple[int, ...]) -> None:
    found = noise_level(np.random.default_rng(0).normal(0.5, 0.1, shape))
    assert np.isfinite([found.sigma, found.error, found.by_brightness, found.by_offset]).all()
    assert found.sigma < 0.5
