"""Without the clean photograph: how good the result is, and where it was made up."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage.data import astronaut

from aecore.restore.restorer import Restored, Restorer
from aecore.restore.truth import Invention, expected_quality, invention
from tests.core.restore.conftest import random_net

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


@pytest.mark.parametrize("sigma", [10 / 255, 25 / 255, 60 / 255])
def test_expected_quality_is_near_the_true_one(sigma: float) -> None:
    found = _restored(_noisy(sigma))
    told = expected_quality(found, _blurred, sigma)
    assert told.psnr_db == pytest.approx(_psnr(found.x_hat), abs=0.5)
    assert told.low_db == told.high_db == told.psnr_db


def test_the_interval_holds_the_truth_where_sigma_is_off_by_its_error() -> None:
    sigma = 25 / 255
    found = _restored(_noisy(sigma))
    told = expected_quality(found, _blurred, 1.02 * sigma, sigma_error=0.02 * sigma)
    assert told.low_db < _psnr(found.x_hat) < told.high_db
    assert told.high_db - told.low_db > 0.2


def test_a_result_that_is_its_input_is_as_bad_as_the_noise() -> None:
    x = _noisy(0.1)
    told = expected_quality(Restored(x, x), lambda values: values, 0.1)
    assert told.psnr_db == pytest.approx(20, abs=0.3)


def test_what_was_taken_away_with_a_shape_stands_out() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.08, (3, 120, 160)).astype(np.float32)
    shape = np.zeros_like(noise)
    shape[:, 40:80, 60:64] = 0.2  # a bar that the result lost
    flat = np.full_like(noise, 0.5)
    still = Restorer(random_net(), bfloat16=False)
    with torch.no_grad():
        still.net.tail.weight.zero_()
    found = invention(Restored(flat + shape + noise, flat), still, 0.08)
    assert found.structure[45:75, 61:63].mean() > 0.3
    assert np.median(found.structure) < 0.05
    assert found.structure.min() >= 0
    assert found.structure.max() <= 1
    # a network that changes nothing differs between passes by the noise that was added alone
    assert found.disagreement.mean() == pytest.approx(0.2 * 0.08, rel=0.3)


def test_doubt_is_a_share() -> None:
    found = Invention(np.array([[0.0, 0.02], [0.5, 0.0]]), np.array([[0.0, 0.1], [0.0, 0.9]]))
    doubt = found.doubt(0.1)
    assert doubt == pytest.approx(np.array([[0, 0.4], [1, 0.9]]))
