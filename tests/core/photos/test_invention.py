"""What noise does not explain stands out, and what it explains does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.data import astronaut

from aecore.photos.invention import Invention, invention
from aecore.photos.restorer import Restored
from tests.core.photos.conftest import Knowing

CLEAN = astronaut().transpose(2, 0, 1)[:, :400, :400] / 255


def _noisy(sigma: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, sigma, CLEAN.shape)
    return (CLEAN + noise).astype(np.float32)


def test_what_was_taken_away_with_a_shape_stands_out() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.08, (3, 120, 160)).astype(np.float32)
    shape = np.zeros_like(noise)
    shape[:, 40:80, 60:64] = 0.2  # a bar that the result lost
    flat = np.full_like(noise, 0.5)
    found = invention(Restored(flat + shape + noise, flat), Knowing(None), 0.08)
    assert found.structure[45:75, 61:63].mean() > 0.3
    assert np.median(found.structure) < 0.05
    assert found.structure.min() >= 0
    assert found.structure.max() <= 1


def test_a_network_that_changes_nothing_disagrees_by_the_noise_that_was_added() -> None:
    x = _noisy(0.01)
    found = invention(Restored(x, x), Knowing(None), 0.01)
    assert found.disagreement.mean() == pytest.approx(0.2 * 0.01, rel=0.3)
    assert found.structure.max() == 0


def test_noise_that_is_coarse_or_stronger_than_told_is_no_invention() -> None:
    rng = np.random.default_rng(0)
    coarse = gaussian_filter(rng.normal(0, 0.3, (3, 120, 160)), (0, 1, 1)).astype(np.float32)
    flat = np.full_like(coarse, 0.5)
    found = invention(Restored(flat + coarse, flat), Knowing(None), 0.05)
    assert np.quantile(found.structure, 0.9) < 0.1
    busy = coarse.copy()
    busy[:, 50:70, 50:70] = 0.4 * (np.indices((20, 20)).sum(0) % 2)  # fine, so it has no shape
    found = invention(Restored(flat + busy, flat), Knowing(None), 0.05)
    assert found.structure[55:65, 55:65].min() > 0.2


def test_uncertainty_is_a_share() -> None:
    found = Invention(np.array([[0.0, 0.02], [0.5, 0.0]]), np.array([[0.0, 0.1], [0.0, 0.9]]))
    uncertainty = found.uncertainty(0.1)
    assert uncertainty == pytest.approx(np.array([[0, 0.4], [1, 0.9]]))
