"""Where JPEG hides the noise, what the network changes decides how strongly to clean."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from aecore.metrics.pictures import psnr
from aecore.photos.cleaning import clean_photo
from aecore.photos.noise_level import NoiseLevel
from aecore.photos.photograph import clean_photograph
from aecore.photos.restorer import Restored, restore, shipped_restorer
from aecore.photos.strength import Change, change_of, strength_by_change

CLEAN = np.ascontiguousarray(astronaut().transpose(2, 0, 1)[:, :256, 100:356])
NONE = NoiseLevel(0.0, 0.0, 0.0, 0.0, 0.0)
"""What patches tell where JPEG has wiped the noise off what is smooth."""
NOISE, TEXTURE = 2 / 3, 0.0
"""Colour shares."""


def _db(x: np.ndarray, x_hat: np.ndarray) -> float:
    return float(psnr(x[None], x_hat[None])[0])


def _taken(x: np.ndarray, quality: int) -> np.ndarray:
    """As a camera writes it: dark parts are noisy, light ones not; saved as JPEG."""
    sigma = np.where(x.mean(0) < 90, 9.0, 0.5)
    noise = np.random.default_rng(0).normal(0, 1, x.shape) * sigma
    pixels = np.rint(x + noise).clip(0, 255).astype(np.uint8).transpose(1, 2, 0)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).transpose(2, 0, 1)


def test_a_change_is_measured_as_by_hand() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(0.3, 0.7, (4, 300, 100))
    apart = rng.normal(0, 0.01, (3, 300, 100))
    found = change_of(Restored(x, np.concatenate([x[:3] - apart, 0 * x[3:]])))
    assert found.rms == pytest.approx(np.sqrt(np.mean(apart**2)), rel=1e-4)
    assert found.colour_share == pytest.approx(2 / 3, abs=0.01)
    alike = np.repeat(apart[:1], 3, 0)
    assert change_of(Restored(x[:3], x[:3] - alike)).colour_share == pytest.approx(0, abs=1e-6)
    both = change_of(Restored(x[:3], x[:3] - alike - apart))
    total = np.mean((alike + apart) ** 2)
    mean = (alike + apart).mean(0)
    assert both.colour_share == pytest.approx(1 - np.mean(mean**2) / total, rel=1e-4)
    eight = rng.integers(0, 256, (1, 40, 40), np.uint8)
    assert change_of(Restored(eight, eight)) == Change(0.0, 0.0)
    assert change_of(Restored(eight, 255 - eight)).colour_share == 0


@pytest.mark.parametrize(
    ("blocks", "rms_255", "share", "strength"),
    [
        (1.0, 3.0, NOISE, 0.0),  # no trace of JPEG: the patches are right
        (1.0, 7.0, NOISE, 1.0),  # but no picture without noise is changed by so much
        (1.2, 0.4, NOISE, 0.0),  # pictures without noise are changed by as much
        (1.2, 0.75, NOISE, 0.5),
        (1.2, 2.0, NOISE, 1.0),
        (1.2, 2.0, TEXTURE, 0.0),
        (1.5, 0.1, NOISE, 1.0),  # blocks that show are no clean picture's
        (1.5, 3.0, TEXTURE, 0.6),
        (1.5, 3.0, 0.09, 0.8),
        (1.5, 3.0, 0.93, 0.6),
        (1.2, 3.0, 0.93, 0.0),  # as the lattice of a tower, in `skimage.data.rocket`
    ],
)
def test_the_change_speaks_where_there_are_traces_of_jpeg(
    blocks: float, rms_255: float, share: float, strength: float
) -> None:
    found = strength_by_change(replace(NONE, blocks=blocks), Change(rms_255 / 255, share))
    assert found == pytest.approx(strength)


@pytest.mark.slow
def test_hidden_noise_is_taken_as_well_as_by_the_network_alone_and_what_is_said_of_it_is_true() -> (
    None
):
    x = _taken(CLEAN, 60)
    found = clean_photo(x, shipped_restorer())
    alone = restore(x).x_hat
    assert found.level.sigma_255 < 2  # what patches see
    assert found.by_camera
    assert not found.looks_clean
    assert _db(CLEAN, alone) > _db(CLEAN, x) + 0.5
    assert _db(CLEAN, found.x_hat) > _db(CLEAN, alone) - 0.02
    true_255 = math.sqrt(np.square(x.astype(float) - CLEAN).mean())
    assert 255 * found.sigma == pytest.approx(true_255, rel=0.15)
    assert found.said[0] == f"Noise: sigma about {255 * found.sigma:.2g} of 255."
    assert "It was compressed by JPEG." in found.said
    assert "cannot be estimated" in found.said[-1]
    assert found.quality() is None
    assert found.noise is None
    assert np.array_equal(clean_photograph(x).x_hat, found.x_hat)


@pytest.mark.slow
def test_noise_that_is_told_or_seen_is_judged_as_before() -> None:
    noise = np.random.default_rng(1).normal(0, 15, CLEAN.shape)
    x = np.rint(CLEAN + noise).clip(0, 255).astype(np.uint8)
    found = clean_photo(x, shipped_restorer())
    assert not found.is_rough
    assert found.strength == 1
    assert found.quality() is not None
    told = clean_photo(_taken(CLEAN, 60), shipped_restorer(), 0.0)
    assert not told.is_rough
    assert told.strength == 0
