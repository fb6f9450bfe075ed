"""MSE, PSNR and SSIM against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from aecore.metrics.pictures import PSNR_MAX_DB, mse, psnr, ssim


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (4, 3, 28, 30), dtype=np.uint8)
    noisy = np.clip(x + rng.normal(0, 30, x.shape), 0, 255).astype(np.uint8)
    return x, noisy


def test_scores_equal_those_of_scikit_image(pair):
    x, noisy = pair
    for index, (a, b) in enumerate(zip(x / 255.0, noisy / 255.0, strict=True)):
        assert psnr(x, noisy)[index] == pytest.approx(peak_signal_noise_ratio(a, b, data_range=1.0))
        expected = structural_similarity(
            a,
            b,
            channel_axis=0,
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        assert ssim(x, noisy)[index] == pytest.approx(expected, abs=1e-9)


def test_identical_pictures_score_best(pair):
    x, _ = pair
    assert np.array_equal(mse(x, x), np.zeros(4))
    assert np.array_equal(psnr(x, x), np.full(4, PSNR_MAX_DB))
    assert np.allclose(ssim(x, x), 1.0)


def test_tiny_pictures_have_a_similarity_too():
    x = np.random.default_rng(0).integers(0, 256, (2, 1, 8, 8), dtype=np.uint8)
    assert np.allclose(ssim(x, x), 1.0)
    assert (ssim(x, 255 - x) < 0.1).all()
