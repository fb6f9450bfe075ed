"""A dark photograph of 16 bits is cleaned as the same one in full light."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

from aecore.photos.exposure import cleaning_lit, exposure_of
from aecore.photos.restorer import Restorer
from aecore.store import run_to_end
from tests.core.photos.conftest import Blurring

CLEAN = np.ascontiguousarray(astronaut().transpose(2, 0, 1)[:, :192, 100:292] / 255)
NOISY = CLEAN + np.random.default_rng(0).normal(0, 0.1, CLEAN.shape)


def _sixteen(x: np.ndarray) -> np.ndarray:
    return np.rint(65535 * x.clip(0, 1)).astype(np.uint16)


@pytest.fixture(scope="module")
def blur() -> Restorer:
    return Blurring()


def test_only_dark_photographs_of_sixteen_bits_are_lit(blur: Restorer) -> None:
    assert exposure_of(_sixteen(0.1 * CLEAN)) == pytest.approx(0.1, rel=0.01)
    assert exposure_of(_sixteen(0.5 * CLEAN)) == 1
    assert exposure_of(np.rint(25 * CLEAN).astype(np.uint8)) == 1
    assert exposure_of(np.zeros((3, 8, 8), np.uint16)) == 1


def test_the_dark_one_is_the_light_one_times_its_light(blur: Restorer) -> None:
    light = _sixteen(0.9 * NOISY.clip(0, 1))
    dark = _sixteen(0.9 * 0.05 * NOISY.clip(0, 1))
    one, two = (run_to_end(cleaning_lit(x, blur)) for x in (light, dark))
    assert two.is_dark
    assert not two.looks_clean
    assert two.restored.x_hat.dtype == np.uint16
    assert np.array_equal(two.restored.x, dark)
    share = two.restored.x_hat.astype(float) / 0.05 - one.restored.x_hat
    assert np.abs(share).mean() < 0.01 * 65535
    assert two.strength == one.strength == 1
    assert two.sigma == pytest.approx(0.05 * one.sigma, rel=0.1)


def test_alpha_of_a_dark_one_stays(blur: Restorer) -> None:
    alpha = np.full((1, 192, 192), 40_000, np.uint16)
    found = run_to_end(cleaning_lit(np.concatenate([_sixteen(0.05 * NOISY), alpha]), blur, 0.005))
    assert np.array_equal(found.restored.x_hat[3:], alpha)
    assert found.sigma == pytest.approx(0.005)
