"""A photograph is cleaned as strongly as it needs, and what is said about it is true."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from aecore.errors import DataError
from aecore.metrics.pictures import psnr
from aecore.photos.cleaning import clean_photo, clean_photo_steps
from aecore.photos.photograph import uncertainty_of
from aecore.photos.restorer import Restorer, shipped_restorer
from aecore.photos.samples import sample_photo
from tests.core.photos.conftest import Blurring, random_net

CLEAN = np.ascontiguousarray(astronaut().transpose(2, 0, 1)[:, :256, 100:400] / 255)


@pytest.fixture(scope="module")
def blur() -> Blurring:
    return Blurring()


def _noisy(sigma_255: float, x: np.ndarray = CLEAN) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, sigma_255 / 255, x.shape)
    return (x + noise).astype(np.float32)


def _psnr(x_hat: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(x_hat - CLEAN).mean()))


@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0])
def test_expected_quality_at_any_strength(blur: Blurring, strength: float) -> None:
    found = clean_photo(_noisy(20), blur, 20 / 255)
    told = found.quality(strength)
    assert told is not None
    assert told.psnr_db == pytest.approx(_psnr(found.restored.at(strength)), abs=0.3)
    assert told.low_db < told.psnr_db < told.high_db
    assert told.high_db - told.low_db < 1
    assert found.strength == 1
    assert found.said[0] == "Noise as given: sigma 20 of 255."


def test_the_interval_is_wider_where_sigma_is_estimated(blur: Blurring) -> None:
    x = _noisy(20)
    told, guessed = (clean_photo(x, blur, s) for s in (20 / 255, None))
    a, b = told.quality(), guessed.quality()
    assert a is not None
    assert b is not None
    assert b.high_db - b.low_db > a.high_db - a.low_db
    assert b.low_db < _psnr(guessed.x_hat) < b.high_db
    assert "sigma about 2" in guessed.said[0]


def test_noise_that_grows_with_the_light_is_judged_as_such(blur: Blurring) -> None:
    noise = np.random.default_rng(1).standard_normal(CLEAN.shape)
    x = (CLEAN + np.sqrt(0.02 * CLEAN) * noise).astype(np.float32)
    found = clean_photo(x, blur)
    assert found.risk is not None
    told = found.risk.at(found.strength)
    assert told.low_db < _psnr(found.x_hat) < told.high_db
    assert told.high_db - told.low_db > 6  # so wide an interval tells nothing
    assert found.quality() is None
    assert any("cannot be estimated" in sentence for sentence in found.said)
    assert found.sigma == pytest.approx(np.sqrt(0.02 * CLEAN.mean()), rel=0.15)
    assert any("grows with brightness" in sentence for sentence in found.said)


def test_noise_that_jpeg_has_wiped_off_what_is_smooth_is_not_called_clean() -> None:
    sample = sample_photo("astronaut", "jpeg", 15)
    found = clean_photo(sample.x, shipped_restorer())
    assert found.level.looks_clean  # by what is smooth
    assert found.by_camera
    assert found.kind is not None
    assert "jpeg" in found.kind.names
    assert not found.looks_clean
    assert found.quality() is None
    before, after = (_psnr_8(sample.clean, x) for x in (sample.x, found.x_hat))
    assert after > before + 2


def _psnr_8(x: np.ndarray, x_hat: np.ndarray) -> float:
    return float(psnr(x[None], x_hat[None])[0])


def test_noise_of_one_colour_is_told_apart(blur: Blurring) -> None:
    x = _noisy(6)
    x[2] += np.random.default_rng(3).normal(0, 30 / 255, x[2].shape).astype(np.float32)
    said = clean_photo(x, blur).said
    assert any("blue 3" in sentence for sentence in said)


def test_a_picture_without_noise_is_left_alone(blur: Blurring) -> None:
    smooth = np.tile(np.linspace(0, 255, 300), (3, 200, 1)).astype(np.uint8)
    found = clean_photo(smooth, blur)
    assert found.looks_clean
    assert np.array_equal(found.x_hat, smooth)
    assert "looks clean" in found.said[0]
    assert "nothing was changed" in found.said[0]
    assert clean_photo(_noisy(20), blur, 0.0).looks_clean


def test_noise_that_jpeg_made_coarse_has_no_expected_quality(blur: Blurring) -> None:
    file, dirty = io.BytesIO(), np.rint(_noisy(25).clip(0, 1) * 255).astype(np.uint8)
    Image.fromarray(np.ascontiguousarray(dirty.transpose(1, 2, 0))).save(file, "JPEG", quality=50)
    x = np.asarray(Image.open(file)).transpose(2, 0, 1)
    found = clean_photo(x, blur)
    assert found.risk is None
    assert found.quality() is None
    assert any("cannot be estimated" in sentence for sentence in found.said)
    assert clean_photo(x, blur, 10 / 255).quality() is not None


def test_three_equal_colours_are_grey() -> None:
    net = Restorer(random_net(), bfloat16=False)
    grey = np.rint(_noisy(20, CLEAN[:1]).clip(0, 1) * 255).astype(np.uint8)
    alpha = np.full_like(grey, 77)
    one = clean_photo(np.concatenate([grey, alpha]), net)
    three = clean_photo(np.concatenate([grey, grey, grey, alpha]), net)
    assert three.x_hat.shape == (4, 256, 300)
    assert np.array_equal(three.x_hat[0], three.x_hat[2])
    assert np.array_equal(three.x_hat[::3], one.x_hat)
    assert three.quality() == one.quality()


def test_it_tells_how_far_it_is_and_can_be_cancelled(blur: Blurring) -> None:
    steps = clean_photo_steps(_noisy(10), blur)
    phases = [progress.phase for progress in steps]
    assert list(dict.fromkeys(phases)) == [
        "estimating the noise",
        "cleaning",
        "judging the result",
    ]
    steps = clean_photo_steps(_noisy(10), blur)
    for progress in steps:
        if progress.phase == "judging the result":
            break
    steps.close()
    with pytest.raises(DataError, match="no photograph"):
        next(clean_photo_steps(np.zeros((9, 9), np.uint8), blur))


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 40), (4, 7, 5)])
def test_the_smallest_pictures_too(blur: Blurring, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    found = clean_photo(x, blur)
    assert found.x_hat.shape == shape
    uncertainty = uncertainty_of(found)
    assert uncertainty.shape == shape[1:]
    assert np.isfinite(uncertainty).all()
    assert found.said
