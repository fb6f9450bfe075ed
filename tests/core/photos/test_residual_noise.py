"""Noise told from what a network took away: exact for a best guess, unmoved by a bad one."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

from aecore.metrics.pictures import psnr
from aecore.photos.cleaning import clean_photo
from aecore.photos.residual_noise import ResidualNoise, residual_noise
from aecore.photos.restorer import shipped_restorer

SIGMA, SPREAD = 0.1, 0.05
SLOPE = SPREAD**2 / (SPREAD**2 + SIGMA**2)
THOUGHT = ResidualNoise(0.105, 0.01)


def _guessed() -> tuple[np.ndarray, np.ndarray]:
    """Gaussian values with Gaussian noise, and the best guess of them, which is linear."""
    rng = np.random.default_rng(0)
    clean = 0.5 + SPREAD * rng.standard_normal(500_000)
    x = clean + SIGMA * rng.standard_normal(clean.shape)
    return x, 0.5 + SLOPE * (x - 0.5)


def test_a_best_guess_tells_its_noise() -> None:
    found = residual_noise(*_guessed(), SLOPE, THOUGHT, is_cut=False)
    assert found.sigma == pytest.approx(SIGMA, rel=0.005)
    assert 0 < found.error < THOUGHT.error


def test_what_was_thought_stays_where_the_network_tells_nothing() -> None:
    x, x_hat = _guessed()
    assert residual_noise(x, x_hat, 0.7, THOUGHT, is_cut=False) == THOUGHT
    far = ResidualNoise(0.2, 0.001)
    assert residual_noise(x, x_hat, SLOPE, far, is_cut=False) == far
    nothing = np.zeros(0)
    assert residual_noise(nothing, nothing, SLOPE, THOUGHT, is_cut=False) == THOUGHT
    none = ResidualNoise(0.0, 0.0)
    assert residual_noise(x, x_hat, SLOPE, none, is_cut=False) == none


def test_noise_that_is_cut_off_is_told_as_it_was() -> None:
    rng = np.random.default_rng(1)
    dark = np.full(400_000, 0.05)
    x = (dark + SIGMA * rng.standard_normal(dark.shape)).clip(0, 1)
    found = residual_noise(x, dark, 0.0, THOUGHT, is_cut=True)
    assert found.sigma == pytest.approx(SIGMA, rel=0.01)
    low = residual_noise(x, dark, 0.0, THOUGHT, is_cut=False)
    assert low.sigma < 0.9 * SIGMA  # as if it were whole


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [15, 40])
def test_a_photographs_noise_is_known_closely_enough_to_tell_the_result(sigma: float) -> None:
    clean = np.ascontiguousarray(astronaut().transpose(2, 0, 1)[:, :256, 100:400])
    noise = np.random.default_rng(1).normal(0, sigma, clean.shape)
    x = np.rint((clean + noise).clip(0, 255)).astype(np.uint8)
    found = clean_photo(x, shipped_restorer())
    assert 255 * found.sigma == pytest.approx(sigma, rel=0.015)
    told = found.quality()
    assert told is not None
    assert told.high_db - told.low_db < 4
    assert told.low_db < float(psnr(clean[None], found.x_hat[None])[0]) < told.high_db
