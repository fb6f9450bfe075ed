"""Without the clean photograph: how good the result is, and where it was made up."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage.data import astronaut

from aecore.photos.cleaning import clean_photo
from aecore.photos.restorer import Restored, shipped_restorer
from aecore.photos.risk import ExpectedQuality, Risk, expected_quality

CLEAN = astronaut().transpose(2, 0, 1)[:, :400, :400] / 255


def _blurred(x: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(gaussian_filter(x.numpy(), (0, 0, 0.8, 0.8)))


def _noisy(sigma: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, sigma, CLEAN.shape)
    return (CLEAN + noise).astype(np.float32)


def _restored(x: np.ndarray) -> Restored:
    return Restored(x, _blurred(torch.from_numpy(x)[None])[0].numpy())


def _psnr(x_hat: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(x_hat - CLEAN).mean()))


def _told(restored: Restored, sigma: float, sigma_error: float = 0.0) -> ExpectedQuality:
    found = expected_quality(restored, _blurred, sigma, sigma_error=sigma_error)
    assert found is not None
    return found


@pytest.mark.parametrize("sigma", [10 / 255, 25 / 255, 60 / 255])
def test_expected_quality_is_near_the_true_one(sigma: float) -> None:
    found = _restored(_noisy(sigma))
    told = _told(found, sigma)
    assert told.psnr_db == pytest.approx(_psnr(found.x_hat), abs=0.5)
    assert told.low_db < told.psnr_db < told.high_db < told.low_db + 1


def test_the_interval_holds_the_truth_where_sigma_is_off_by_its_error() -> None:
    sigma = 25 / 255
    found = _restored(_noisy(sigma))
    told = _told(found, 1.02 * sigma, 0.02 * sigma)
    assert told.low_db < _psnr(found.x_hat) < told.high_db
    assert told.high_db - told.low_db > 0.2


def test_a_result_that_is_its_input_is_as_bad_as_the_noise() -> None:
    x = _noisy(0.1)
    told = expected_quality(Restored(x, x), lambda values: values, 0.1)
    assert told is not None
    assert told.psnr_db == pytest.approx(20, abs=0.3)


def test_noise_cut_off_by_black_and_white_does_not_better_the_estimate() -> None:
    dark = np.rint(255 * (CLEAN - 0.5).clip(0.0, 1.0))  # two thirds of it pure black
    noise = np.random.default_rng(1).normal(0, 25, CLEAN.shape)
    photo = np.rint((dark + noise).clip(0, 255)).astype(np.uint8)
    found = clean_photo(photo, shipped_restorer(), 25 / 255)
    told = found.quality()
    assert found.risk is not None
    assert told is not None
    assert found.risk.beyond > 0.5
    errors = np.square(found.x_hat / 255.0 - dark / 255)
    assert told.psnr_db == pytest.approx(-10 * np.log10(errors.mean()), abs=1.0)


def test_of_what_was_cut_off_and_not_cleaned_the_noise_that_is_left_is_told() -> None:
    black = Risk(0.0, 0.0, 0.0, 0.1, 0.0, 1000, beyond=1.0, beyond_slope=0.3, beyond_noise=0.5)
    assert black.at(0.0).psnr_db == pytest.approx(-10 * np.log10(0.5 * 0.1**2))
    assert black.at(1.0).psnr_db == pytest.approx(-10 * np.log10(0.3 * 0.1**2))


def test_nothing_is_told_of_a_picture_of_black_and_white_alone() -> None:
    photo = np.zeros((1, 40, 40), np.uint8)
    photo[:, ::2] = 255
    assert expected_quality(Restored(photo, photo), lambda values: values, 0.1) is None
