"""A network learns to clean one picture from that picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecore.errors import DataError
from aecore.photos.zero_shot import recorrupted, zero_shot, zero_shot_now
from aecore.store import run_to_end

_ROWS, _COLUMNS = np.mgrid[:96, :96] / 96
SMOOTH = (0.5 + 0.3 * np.sin(6 * _ROWS) * np.cos(5 * _COLUMNS))[None].astype(np.float32)


def _psnr(x: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(x - SMOOTH).mean()))


def test_noise_of_a_pair_is_independent_and_the_picture_the_same() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = 0.1 * torch.randn((1, 1, 400, 400), generator=generator)
    one, other = recorrupted(0.5 + noise, 0.1, generator)
    a, b = one - 0.5, other - 0.5
    assert abs(float((a * b).mean())) < 0.02 * 0.1**2 * 3
    assert float(a.std()) == pytest.approx(0.1 * (1 + 0.7**2) ** 0.5, rel=0.02)
    assert float(b.std()) == pytest.approx(0.1 * (1 + 0.7**-2) ** 0.5, rel=0.02)
    assert abs(float(a.mean())) + abs(float(b.mean())) < 0.002


@pytest.mark.slow
def test_it_takes_white_noise_off_and_more_steps_take_off_more() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, SMOOTH.shape)
    dirty = (SMOOTH + noise).astype(np.float32)
    few, many = (zero_shot_now(dirty, n_steps=n) for n in (2, 80))
    assert _psnr(many.x_hat) > _psnr(dirty) + 3
    assert _psnr(many.x_hat) > _psnr(few.x_hat) + 2
    assert many.x is dirty


def test_a_seed_decides_it_and_depth_and_alpha_are_kept() -> None:
    x = np.random.default_rng(0).integers(0, 65536, (4, 21, 17), np.uint16)
    a, b, c = (zero_shot_now(x, n_steps=2, seed=seed).x_hat for seed in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)
    assert a.dtype == np.uint16
    assert np.array_equal(a[3], x[3])


def test_it_can_be_cancelled_and_refuses_what_is_too_small() -> None:
    steps = zero_shot(np.zeros((3, 40, 40), np.uint8))
    assert next(steps).phase == "estimating the noise"
    assert next(steps).phase == "learning from the picture"
    steps.close()
    with pytest.raises(DataError, match="7 × 40"):
        zero_shot_now(np.zeros((3, 40, 7), np.uint8))


def test_it_learns_in_the_precision_that_is_asked_for() -> None:
    x = np.random.default_rng(0).integers(0, 256, (1, 16, 16), np.uint8)
    exact, again, fast = (
        run_to_end(zero_shot(x, 0.1, n_steps=3, precision=precision)).x_hat
        for precision in ("float32", "float32", "bf16")
    )
    assert np.array_equal(exact, again)
    assert not np.array_equal(exact, fast)
