"""Noise that was cut off at black and white is known for what it is, and taken back."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

from aecore.metrics.pictures import psnr
from aecore.photos.cleaning import clean_photo
from aecore.photos.cut_noise import clipped_noise_energy, cut_mean, undo_clipping
from aecore.photos.restorer import Restored, shipped_restorer

VALUES = np.array([0.0, 0.03, 0.1, 0.5, 0.93, 1.0])
SIGMA = 0.08


def _cut(n: int = 400_000) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, SIGMA, (n, 1))
    return (VALUES + noise).clip(0, 1)


def test_mean_and_square_are_those_of_drawn_noise() -> None:
    drawn = _cut()
    assert cut_mean(VALUES, SIGMA) == pytest.approx(drawn.mean(0), abs=3e-4)
    for at, value in enumerate(VALUES):
        square = np.square(drawn[:, at] - value).mean() / SIGMA**2
        assert clipped_noise_energy(np.array([value]), SIGMA) == pytest.approx(square, rel=0.01)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_mean_of_cut_noise_is_traced_back(dtype: type) -> None:
    white = 1 if dtype is np.float32 else np.iinfo(dtype).max
    seen = (cut_mean(VALUES, SIGMA) * white).astype(np.float64)
    if dtype is not np.float32:
        seen = np.rint(seen)
    x_hat = np.tile(seen, (4, 3, 1)).astype(dtype)
    x_hat[3] = white // 2 if white > 1 else 0.5  # alpha, near to nothing
    found = undo_clipping(Restored(x_hat, x_hat), SIGMA)
    assert found.x_hat.dtype == dtype
    assert found.x_hat[:3] / white == pytest.approx(np.tile(VALUES, (3, 3, 1)), abs=1.2 / 255)
    assert np.array_equal(found.x_hat[3], x_hat[3])
    assert np.array_equal(found.x, x_hat)


def test_noise_that_hangs_on_the_brightness_is_taken_back_by_it() -> None:
    seen = cut_mean(np.array([0.0, 1.0]), np.array([0.02, 0.1]))[None, None]
    found = undo_clipping(Restored(seen, seen), 0.5, lambda x: 0.02 + 0.08 * x)
    assert found.x_hat == pytest.approx(np.array([[[0.0, 1.0]]]), abs=2e-3)


def test_a_drawing_of_black_and_white_without_noise_is_judged_too() -> None:
    assert cut_mean(np.array([0.0, 0.3, 1.0]), 0.0) == pytest.approx([0.0, 0.3, 1.0], abs=1e-4)
    drawing = np.full((3, 96, 96), 255, np.uint8)
    drawing[:, 10:60, 10:40] = 0
    drawing[:, 30:80, 50:90] = 91
    found = clean_photo(drawing, shipped_restorer(), 0.0)
    assert np.array_equal(found.x_hat, drawing)
    told = found.quality()
    assert found.risk is not None
    assert told is not None
    assert np.isfinite([found.risk.noise, found.risk.beyond_noise, told.low_db]).all()


@pytest.mark.slow
def test_a_dark_photograph_is_dark_again() -> None:
    clean = np.rint(astronaut().transpose(2, 0, 1)[:, :192, 128:320] * 0.25).astype(np.uint8)
    noise = np.random.default_rng(2).normal(0, 25, clean.shape)
    x = np.rint((clean + noise).clip(0, 255)).astype(np.uint8)
    found = clean_photo(x, shipped_restorer())
    alone = shipped_restorer().restore_values
    import torch

    left = alone(torch.from_numpy(x[None] / np.float32(255)))[0].numpy().clip(0, 1)
    before = float(psnr(clean[None] / 255, left[None])[0])
    after = float(psnr(clean[None] / 255, found.x_hat[None] / 255)[0])
    assert found.is_uncut
    assert any("corrected" in sentence for sentence in found.said)
    assert after > before + 2
