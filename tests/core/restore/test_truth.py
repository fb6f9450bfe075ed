"""Without the clean photograph: how good the result is, and where it was made up."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage.data import astronaut

from aecore.restore.restorer import Restored
from aecore.restore.truth import Invention, expected_quality, invention
from tests.core.restore.conftest import Knowing

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
    assert told.low_db < told.psnr_db < told.high_db < told.low_db + 1


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
    found = invention(Restored(flat + shape + noise, flat), Knowing(None), 0.08)
    assert found.structure[45:75, 61:63].mean() > 0.3
    assert np.median(found.structure) < 0.05
    assert found.structure.min() >= 0
    assert found.structure.max() <= 1


def test_a_network_that_changes_nothing_disagrees_by_the_noise_that_was_added() -> None:
    x = _noisy(0.01)
    found = invention(Restored(x, x), Knowing(None), 0.01)
    assert found.disagreement.mean() == pytest.approx(0.2 * 0.01, rel=0.3)
    assert found.structure.max() == 0


def test_noise_that_is_coarse_or_stronger_than_told_is_no_invention() -> None:
    rng = np.random.default_rng(0)
    coarse = gaussian_filter(rng.normal(0, 0.3, (3, 120, 160)), (0, 1, 1)).astype(np.float32)
    flat = np.full_like(coarse, 0.5)
    found = invention(Restored(flat + coarse, flat), Knowing(None), 0.05)
    assert np.quantile(found.structure, 0.9) < 0.1
    busy = coarse.copy()
    busy[:, 50:70, 50:70] = 0.4 * (np.indices((20, 20)).sum(0) % 2)  # fine, so it has no shape
    found = invention(Restored(flat + busy, flat), Knowing(None), 0.05)
    assert found.structure[55:65, 55:65].min() > 0.2


def test_doubt_is_a_share() -> None:
    found = Invention(np.array([[0.0, 0.02], [0.5, 0.0]]), np.array([[0.0, 0.1], [0.0, 0.9]]))
    doubt = found.doubt(0.1)
    assert doubt == pytest.approx(np.array([[0, 0.4], [1, 0.9]]))
