"""A cleaned photograph is cleaned more, or given back, where it is marked and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.artifact import run_to_end
from aecore.errors import DataError, SpecError
from aecore.photos.adjust import adjusting, amount_of
from aecore.photos.restorer import Restorer, shipped_restorer
from tests.core.photos.conftest import random_net

SIZE = (96, 128)


def smooth() -> np.ndarray:
    """A clean picture in colour, uint8 `(3, 96, 128)`."""
    ramp = np.add.outer(np.linspace(60, 120, SIZE[0]), np.linspace(0, 60, SIZE[1]))
    return np.stack([ramp, ramp + 10, ramp + 25]).round().astype(np.uint8)


def noisy(sigma: float, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, sigma, (3, *SIZE))
    return (smooth() + noise).round().clip(0, 255).astype(np.uint8)


def sides() -> np.ndarray:
    """More is asked for at the left, less at the right, nothing in the middle."""
    amount = np.zeros(SIZE, np.float32)
    amount[20:70, 10:50], amount[20:70, 90:120] = 1, -1
    return amount


def adjusted(x: np.ndarray, cleaned: np.ndarray, amount: np.ndarray) -> np.ndarray:
    return run_to_end(adjusting(x, cleaned, amount, shipped_restorer())).x_hat


def error(x_hat: np.ndarray, part: tuple[slice, slice]) -> float:
    return float(np.abs(x_hat[:, *part].astype(float) - smooth()[:, *part]).mean())


def test_more_takes_noise_that_was_left_less_gives_back_and_the_rest_stays() -> None:
    x, left_over = noisy(14), noisy(9, seed=1)  # as a cleaning that left too much
    found = adjusted(x, left_over, sides())
    more, less = np.s_[24:66, 14:46], np.s_[24:66, 94:116]
    assert error(found, more) < 0.35 * error(left_over, more)
    assert np.array_equal(found[:, *less], x[:, *less])
    nothing = sides() == 0
    assert np.array_equal(found[:, nothing], left_over[:, nothing])


def test_half_a_mark_is_half_of_it() -> None:
    x, cleaned = noisy(14), smooth()
    half = adjusted(x, cleaned, np.full(SIZE, -0.5, np.float32))
    assert np.abs(half - (x.astype(float) + cleaned) / 2).max() <= 0.5


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_grey_and_alpha_keep_their_shape_and_their_alpha(channels: int) -> None:
    x = np.concatenate([noisy(14), noisy(30, seed=2)[:1]])
    x = x if channels == 4 else x[[0, 3][:channels]]
    found = adjusted(x, x, sides())
    assert found.shape == x.shape
    assert (found[0] != x[0]).any()
    if channels in (2, 4):
        assert np.array_equal(found[-1], x[-1])


def test_a_dark_photograph_of_16_bits_is_cleaned_in_full_light() -> None:
    light = 257 * noisy(14).astype(np.uint16)
    dark = light // 8
    found = adjusted(dark, dark, sides().clip(0)).astype(float)
    in_light = adjusted(light, light, sides().clip(0)).astype(float)
    part = np.s_[:, 24:66, 14:46]
    change = np.abs(light[part] - in_light[part]).mean()
    assert np.abs(8 * found[part] - in_light[part]).mean() < 0.2 * change


def test_marks_are_white_for_more_black_for_less_and_nothing_elsewhere() -> None:
    drawn = np.full((1, 48, 64), 128, np.uint8)
    drawn[:, 10:30, 5:25], drawn[:, 10:30, 40:60] = 255, 0
    amount = amount_of(drawn, SIZE)
    assert amount[40, 30] == pytest.approx(1, abs=1e-3)
    assert amount[40, 100] == pytest.approx(-1, abs=1e-3)
    assert amount[90, 64] == 0
    seen = np.full((2, 48, 64), 255, np.uint8)
    seen[1] = 0
    seen[1, 10:30, 5:25] = 255  # white, and transparent but for a part
    assert np.allclose(amount_of(seen, SIZE), amount.clip(0), atol=1e-3)


def test_what_cannot_be_adjusted_is_a_sentence() -> None:
    with pytest.raises(DataError, match="Nothing is marked"):
        amount_of(np.full((3, 8, 8), 128, np.uint8), SIZE)
    with pytest.raises(DataError, match="do not fit"):
        adjusted(noisy(5), noisy(5), np.zeros((4, 4), np.float32))
    without = Restorer(random_net(), bfloat16=False)
    with pytest.raises(SpecError, match="no network for noise of cameras"):
        run_to_end(adjusting(noisy(5), noisy(5), sides(), without))
