"""Trustworthiness and continuity against scikit-learn, a slow loop, and limit cases."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.manifold
from scipy.stats import rankdata

from aecore.errors import DataError
from aecore.metrics import neighbourhood
from aecore.metrics.neighbourhood import continuity, n_scored, trustworthiness


@pytest.fixture
def spaces():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(300, 6)).astype(np.float32)
    return z, z[:, :2].copy()


@pytest.mark.parametrize("k", [1, 5, 10, 149])
def test_scores_equal_those_of_scikit_learn(spaces, k):
    z, positions = spaces
    expected = sklearn.manifold.trustworthiness(z, positions, n_neighbors=k)
    assert trustworthiness(z, positions, k) == pytest.approx(expected, abs=1e-12)
    exchanged = sklearn.manifold.trustworthiness(positions, z, n_neighbors=k)
    assert continuity(z, positions, k) == pytest.approx(exchanged, abs=1e-12)
    assert continuity(z, positions, k) == trustworthiness(positions, z, k)


def test_continuity_is_the_sum_of_venna_and_kaski(spaces):
    z, positions = (values[:60] for values in spaces)
    n, k, total = 60, 4, 0.0
    for i in range(n):
        near = np.delete(np.linalg.norm(z - z[i], axis=1), i)
        far = rankdata(np.delete(np.linalg.norm(positions - positions[i], axis=1), i))
        total += sum(max(0.0, far[j] - k) for j in np.argsort(near)[:k])
    expected = 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * total
    assert continuity(z, positions, k) == pytest.approx(expected, abs=1e-6)


def test_a_map_that_keeps_all_is_one_and_a_random_one_a_half(spaces):
    z, _ = spaces
    assert trustworthiness(z, 3 * z + 1, 10) == pytest.approx(1.0)
    chance = np.random.default_rng(1).normal(size=(300, 2))
    assert trustworthiness(z, chance, 10) == pytest.approx(0.5, abs=0.05)


def test_a_subset_of_points_scores_as_all_do(spaces, monkeypatch):
    z, positions = spaces
    whole = trustworthiness(z, positions, 10)
    monkeypatch.setattr(neighbourhood, "N_SCORED", 150)
    part = trustworthiness(z, positions, 10)
    assert part != whole
    assert part == pytest.approx(whole, abs=0.02)
    assert trustworthiness(z, positions, 10) == part
    assert (n_scored(300), n_scored(100)) == (150, 100)


def test_chunks_do_not_change_the_score(spaces, monkeypatch):
    whole = trustworthiness(*spaces, 10)
    monkeypatch.setattr(neighbourhood, "_CHUNK_VALUES", 7 * 300)
    assert trustworthiness(*spaces, 10) == pytest.approx(whole, abs=1e-12)


def test_too_few_points_are_a_sentence():
    with pytest.raises(DataError, match="20 points are too few for 10 neighbours"):
        trustworthiness(np.zeros((20, 2)), np.zeros((20, 2)), 10)
