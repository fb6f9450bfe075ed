"""Noise has the strength that is asked for, and the input stays as it is."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from aecore.errors import SpecError
from aecore.models.corruption import corrupt
from aecore.models.networks import Dropout, Noise
from aecore.specs.run import CorruptionKind, CorruptionSpec


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


def test_dropout_noise_keeps_the_mean_of_the_picture(noise):
    x = torch.full((200, 1, 20, 20), 0.5)
    hit = corrupt(x, CorruptionSpec(kind="dropout", level=0.25), noise)
    assert abs((hit == 0).float().mean() - 0.25) < 0.01
    assert abs(hit.mean() - 0.5) < 0.01


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_occlusion_hides_one_rectangle_of_the_area_asked_for(noise, share):
    x = torch.ones(300, 3, 24, 32)
    hidden = corrupt(x, CorruptionSpec(kind="occlusion", level=share), noise) == 0
    assert torch.equal(hidden[:, 0], hidden[:, 1])
    assert abs(hidden.float().mean() - share) < 0.05 * share + 0.01
    for one in hidden[:20, 0]:
        rows, columns = one.any(1), one.any(0)
        assert torch.equal(one, rows[:, None] & columns[None])
    places = hidden[:, 0].float().flatten(1).argmax(1)
    assert len(places.unique()) > 50


def test_downscaling_loses_what_is_fine_and_keeps_what_is_coarse(noise):
    coarse = torch.linspace(0.2, 0.8, 28).expand(1, 1, 28, 28)
    fine = ((torch.arange(28)[:, None] + torch.arange(28)) % 2).float().expand(1, 1, 28, 28)
    spec = CorruptionSpec(kind="downscale", level=1.0)
    assert (corrupt(coarse, spec, noise) - coarse).abs().max() < 0.02
    assert (corrupt(fine, spec, noise) - 0.5).abs().max() < 1e-5
    assert torch.equal(corrupt(fine, CorruptionSpec(kind="downscale", level=0.0), noise), fine)


def test_blur_spreads_a_point_into_a_gaussian_of_its_radius(noise):
    x = torch.zeros(1, 1, 31, 31)
    x[0, 0, 15, 15] = 1.0
    blurred = corrupt(x, CorruptionSpec(kind="blur", level=2.0), noise)[0, 0]
    assert blurred.sum().item() == pytest.approx(1.0, abs=1e-4)
    offsets = torch.arange(31) - 15.0
    assert (blurred.sum(0) * offsets**2).sum().item() == pytest.approx(4.0, rel=0.05)


@pytest.mark.parametrize("kind", [k for k in get_args(CorruptionKind) if k not in ("none", "swap")])
def test_what_a_picture_suffers_does_not_depend_on_its_neighbours(noise, kind):
    grey = 0.4 + 0.2 * (torch.arange(12) >= 5).float().expand(1, 12, 12)  # an edge to overshoot at
    spec = CorruptionSpec(kind=kind, level=1.0 if kind in ("downscale", "blur") else 0.3)
    found = []
    for neighbour in (torch.full((1, 12, 12), 0.5), torch.rand(1, 12, 12).round()):
        noise.seed(0, torch.device("cpu"))
        found.append(corrupt(torch.stack([grey, neighbour]), spec, noise)[0])
    assert not torch.equal(found[0], grey)
    assert torch.equal(*found)


@pytest.mark.parametrize("kind", ["occlusion", "downscale", "blur"])
def test_rows_cannot_suffer_what_only_pictures_can(noise, kind):
    with pytest.raises(SpecError, match="rows"):
        corrupt(torch.rand(3, 5), CorruptionSpec(kind=kind), noise)


def test_swapped_values_are_those_of_the_same_feature_of_other_samples(noise):
    x = torch.arange(200.0)[:, None] + 1000 * torch.arange(5.0)  # each value tells its feature
    swapped = corrupt(x, CorruptionSpec(kind="swap", level=0.3), noise)
    assert torch.equal((swapped / 1000).floor(), (x / 1000).floor())
    assert abs((swapped != x).float().mean() - 0.3) < 0.05
    assert (swapped != x).all(1).float().mean() < 0.02  # each feature is drawn by itself
