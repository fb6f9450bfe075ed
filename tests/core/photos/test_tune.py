"""The network learns from the one photograph that it is to clean."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecore.artifact import run_to_end
from aecore.metrics.pictures import psnr
from aecore.photos.cleaning import clean_photo
from aecore.photos.restorer import Restored, Restorer, restore, shipped_restorer
from aecore.photos.samples import sample_photo
from aecore.photos.tune import tuned, tuning

from .conftest import random_net

STRIPES = np.tile(np.float32(0.5) + 0.25 * np.sign(np.sin(np.arange(128) * 1.3)), (1, 128, 1))
"""A pattern that repeats, unlike most photographs: there is much to learn."""


@pytest.fixture
def small() -> Restorer:
    return Restorer(random_net(), bfloat16=False)


def _noisy(x: np.ndarray, sigma_255: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, sigma_255 / 255, x.shape)
    return (x + noise).astype(np.float32)


def _db(x: np.ndarray, x_hat: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(x - x_hat).mean()))


@pytest.mark.slow
@pytest.mark.long
def test_what_repeats_is_learnt_from_the_noisy_photograph_alone() -> None:
    seen, restorer = _noisy(STRIPES.astype(np.float32), 50), shipped_restorer()
    before = restore(seen, restorer=restorer)
    after = restore(seen, restorer=tuned(before, restorer, 50 / 255, n_steps=12))
    assert _db(STRIPES, after.x_hat) > _db(STRIPES, before.x_hat) + 1
    # the network that ships is as it was
    assert np.array_equal(restore(seen, restorer=restorer).x_hat, before.x_hat)


@pytest.mark.slow
@pytest.mark.long
def test_a_thorough_cleaning_is_nearer_and_says_what_it_did() -> None:
    sample = sample_photo("chelsea", "white", 25)
    clean, x = sample.clean[:, 106:202, 186:282], sample.x[:, 106:202, 186:282]
    quick, thorough = (clean_photo(x, shipped_restorer(), thorough=way) for way in (False, True))
    before, after = (float(psnr(clean[None], y.restored.x_hat[None])[0]) for y in (quick, thorough))
    assert after > before + 0.03
    assert quick.is_tuned is None
    assert thorough.is_tuned
    assert any("was tuned" in sentence for sentence in thorough.said)
    assert thorough.sigma == quick.sigma
    quality = thorough.quality(1.0)
    assert quality == quick.quality(1.0)  # an estimate that was learnt from judges nothing
    assert quality is not None
    assert quality.low_db < after < quality.high_db


def test_noise_that_it_does_not_know_is_not_learnt_from(small: Restorer) -> None:
    sample = sample_photo("astronaut", "jpeg", 15)
    x = sample.x[:, :96, :96]
    found = clean_photo(x, small, thorough=True)
    assert found.is_tuned is False
    assert any("was not tuned" in sentence for sentence in found.said)
    eight = restore(x, restorer=Restorer(small.net, bfloat16=False, n_views=8))
    assert np.array_equal(found.restored.x_hat, eight.x_hat)


def test_where_black_has_cut_off_most_of_the_noise_nothing_is_learnt(small: Restorer) -> None:
    dark = np.random.default_rng(0).normal(20, 25, (1, 96, 96)).clip(0, 255).astype(np.uint8)
    before = Restored(dark, np.full_like(dark, 20))
    assert tuned(before, small, 25 / 255, n_steps=2).net is small.net
    whole = Restored(dark, np.full_like(dark, 128))
    assert tuned(whole, small, 25 / 255, n_steps=2).net is not small.net


@pytest.mark.parametrize(
    ("shape", "sigma"), [((3, 95, 120), 0.1), ((1, 1, 1), 0.1), ((3, 96, 96), 0.0)]
)
def test_without_noise_or_on_a_strip_there_is_nothing_to_learn(
    small: Restorer, shape: tuple[int, ...], sigma: float
) -> None:
    x = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    found = tuned(Restored(x, x), small, sigma, n_views=8)
    assert found.net is small.net
    assert len(found.views) == 8


def test_a_seed_decides_it_and_alpha_is_no_colour(small: Restorer) -> None:
    x = np.random.default_rng(0).integers(60, 200, (4, 96, 104), np.uint16) * 257
    before = restore(x, restorer=small)

    def weights(seen: Restored, seed: int) -> torch.Tensor:
        found = run_to_end(tuning(seen, small, 0.1, n_steps=2, seed=seed))
        return torch.cat([w.flatten() for w in found.net.parameters()])

    assert torch.equal(weights(before, 1), weights(before, 1))
    assert not torch.equal(weights(before, 1), weights(before, 2))
    opaque = Restored(np.concatenate([x[:3], x[3:] * 0]), before.x_hat)
    assert torch.equal(weights(opaque, 1), weights(before, 1))


def test_noise_that_grows_with_the_light_is_put_on_as_it_is(small: Restorer) -> None:
    x = np.random.default_rng(0).random((3, 96, 96), np.float32) * 0.6 + 0.2
    before = restore(x, restorer=small)
    asked: list[tuple[int, ...]] = []

    def noise(brightness: np.ndarray) -> np.ndarray:
        asked.append(brightness.shape)
        return np.sqrt(0.01 * brightness)

    steps = tuning(before, small, 0.07, noise, n_steps=3)
    assert next(steps).phase == "tuning to this photograph"
    list(steps)
    assert asked == [(6, 1, 96, 96)] * 3


def test_it_can_be_cancelled_and_leaves_the_network_alone(small: Restorer) -> None:
    before = [w.clone() for w in small.net.parameters()]
    x = np.random.default_rng(0).integers(100, 150, (3, 96, 96), np.uint8)
    steps = tuning(restore(x, restorer=small), small, 0.1, n_steps=1000)
    next(steps)
    next(steps)
    steps.close()
    assert all(torch.equal(a, b) for a, b in zip(before, small.net.parameters(), strict=True))


def test_of_a_small_photograph_less_is_learnt(small: Restorer) -> None:
    x = np.random.default_rng(0).integers(100, 150, (3, 96, 96), np.uint8)
    told = {progress.n_total for progress in tuning(Restored(x, x), small, 0.1)}
    assert told == {14}  # as many pixels fewer than 256 x 256
