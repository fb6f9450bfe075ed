"""A cloud is told from clumps and sheets, and codes of noise from codes of pictures."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.data.samples import SampleSet
from aecore.errors import TooFewSamplesError
from aecore.latent.clumping import clumping
from tests.core.export.untrained import untrained

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("n_dims", [2, 8, 32])
def test_a_gaussian_cloud_is_one_however_it_is_stretched(n_dims: int) -> None:
    z = RNG.normal(size=(1500, n_dims)) * np.geomspace(1, 20, n_dims) + 5
    found = clumping(z @ np.linalg.qr(RNG.normal(size=(n_dims, n_dims)))[0])
    assert found.ratio == pytest.approx(1.0, abs=0.08)
    assert found.is_cloud


def test_clumps_and_sheets_are_none() -> None:
    middles = RNG.normal(size=(10, 8)) * 4
    clumps = middles[RNG.integers(0, 10, 1500)] + RNG.normal(size=(1500, 8))
    xy = RNG.uniform(-3, 3, (1500, 2))
    sheet = np.concatenate([xy, np.sin(xy), np.cos(xy)], axis=1)
    assert not clumping(clumps).is_cloud
    assert not clumping(sheet).is_cloud


@pytest.mark.parametrize("name", ["undercomplete", "vae", "conv"])
def test_codes_of_noise_are_a_cloud_and_codes_of_digits_are_not(
    digits: SampleSet, name: str
) -> None:
    run = untrained(name, (1, 8, 8))
    noise = np.clip(RNG.normal(128, 50, (1500, 1, 8, 8)), 0, 255).astype(np.uint8)
    assert clumping(run.encode(noise)).is_cloud
    assert not clumping(run.encode(digits.x[:1500])).is_cloud


def test_scale_and_place_do_not_matter() -> None:
    z = RNG.normal(size=(400, 5)) ** 3
    assert clumping(z * 1000 + 7).ratio == pytest.approx(clumping(z).ratio, rel=1e-6)


def test_equal_codes_and_few_codes_are_told() -> None:
    assert not clumping(np.ones((60, 3))).is_cloud
    with pytest.raises(TooFewSamplesError, match="too few"):
        clumping(np.ones((20, 3)))
