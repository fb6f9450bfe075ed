"""Noise has the strength that is asked for, and the input stays as it is."""

from __future__ import annotations

import pytest
import torch

from aecore.models.corruption import corrupt
from aecore.models.networks import Dropout, Noise
from aecore.specs import CorruptionSpec


@pytest.fixture
def noise() -> Noise:
    made = Noise()
    made.seed(0, torch.device("cpu"))
    return made


def test_no_corruption_is_the_batch_itself(noise):
    x = torch.rand(2, 1, 4, 4)
    assert corrupt(x, CorruptionSpec(), noise) is x


def test_gaussian_noise_has_its_mean_and_deviation(noise):
    x = torch.full((200, 1, 20, 20), 0.5)
    noisy = corrupt(x, CorruptionSpec(kind="gaussian", level=0.1, mean=0.05), noise)
    assert abs((noisy - x).mean() - 0.05) < 0.002
    assert abs((noisy - x).std() - 0.1) < 0.002
    assert torch.equal(x, torch.full_like(x, 0.5))


def test_noisy_pictures_stay_in_range_only_where_values_are_scaled_so(noise):
    x = torch.rand(50, 1, 8, 8)
    spec = CorruptionSpec(kind="gaussian", level=1.0)
    assert corrupt(x, spec, noise).min() >= 0
    assert corrupt(x, spec, noise).max() <= 1
    assert corrupt(x, spec, noise, unit=False).min() < -1


def test_masking_silences_the_share_asked_for_and_leaves_the_rest(noise):
    x = torch.rand(100, 1, 20, 20) + 0.1
    masked = corrupt(x, CorruptionSpec(kind="masking", level=0.3), noise)
    assert abs((masked == 0).float().mean() - 0.3) < 0.01
    assert torch.equal(masked[masked != 0], x[masked != 0])


def test_salt_and_pepper_come_in_equal_parts(noise):
    x = torch.full((100, 1, 20, 20), 0.5)
    noisy = corrupt(x, CorruptionSpec(kind="salt_pepper", level=0.2), noise)
    assert abs((noisy == 0).float().mean() - 0.1) < 0.01
    assert abs((noisy == 1).float().mean() - 0.1) < 0.01
    assert abs((noisy == 0.5).float().mean() - 0.8) < 0.01


def test_the_same_seed_gives_the_same_noise(noise):
    x = torch.rand(2, 1, 8, 8)
    spec = CorruptionSpec(kind="gaussian", level=0.3)
    first = corrupt(x, spec, noise)
    assert not torch.equal(first, corrupt(x, spec, noise))
    noise.seed(0, torch.device("cpu"))
    assert torch.equal(first, corrupt(x, spec, noise))


def test_dropout_keeps_the_mean_in_training_and_everything_in_evaluation(noise):
    layer = Dropout(0.4, noise)
    x = torch.ones(100_000)
    assert abs(layer(x).mean() - 1) < 0.01
    assert abs((layer(x) == 0).float().mean() - 0.4) < 0.01
    assert torch.equal(layer.eval()(x), x)
