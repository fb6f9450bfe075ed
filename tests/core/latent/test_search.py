"""The nearest of many vectors, against scikit-learn; the index against the exact search."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf
from sklearn.neighbors import NearestNeighbors

from aecore.errors import DataError, SpecError
from aecore.latent.search import NearestSearch


@pytest.fixture(scope="module")
def z():
    random = np.random.default_rng(0)
    centres = 3 * random.normal(size=(20, 8))
    return centres[random.integers(0, 20, 3000)] + random.normal(size=(3000, 8)) + 100


def test_euclid_cosine_and_mahalanobis_are_those_of_scikit_learn(z):
    precision = np.linalg.inv(LedoitWolf().fit(z).covariance_)
    for measure, settings in (
        ("euclid", {"metric": "euclidean"}),
        ("cosine", {"metric": "cosine"}),
        (
            "mahalanobis",
            {"metric": "mahalanobis", "metric_params": {"VI": precision}, "algorithm": "brute"},
        ),
    ):
        found = NearestSearch(z, measure).nearest(z[:40], 6)
        distance, rows = NearestNeighbors(n_neighbors=6, **settings).fit(z).kneighbors(z[:40])
        assert np.array_equal(found.rows[:, 0], np.arange(40))
        assert found.distance[:, 1:] == pytest.approx(distance[:, 1:], rel=1e-2)
        assert (found.rows == rows).mean() > 0.99


def test_a_copy_has_distance_zero_however_large_the_mean_is(z):
    found = NearestSearch(z + 1e4).nearest(z[:5] + 1e4, 1)
    assert found.distance == pytest.approx(np.zeros((5, 1)), abs=1e-3)


def test_the_index_finds_nearly_all_and_says_how_many(z, tmp_path):
    exact, search = NearestSearch(z), NearestSearch(z, n_exact=1000, n_threads=1)
    assert exact.is_exact
    assert exact.recall() == 1
    assert not search.is_exact
    true, found = exact.nearest(z[:200], 10), search.nearest(z[:200], 10)
    shared = [len(np.intersect1d(*pair)) for pair in zip(true.rows, found.rows, strict=True)]
    assert np.mean(shared) / 10 > 0.95
    assert search.recall() == pytest.approx(np.mean(shared) / 10, abs=0.05)
    search.save_index(tmp_path / "index")
    again = NearestSearch(z, n_exact=1000, index=tmp_path / "index")
    assert np.array_equal(again.nearest(z[:50], 10).rows, search.nearest(z[:50], 10).rows)


def test_asking_for_more_than_there_are_gives_all(z):
    assert NearestSearch(z[:4]).nearest(z[:2], 10).rows.shape == (2, 4)


def test_what_cannot_be_searched_is_told(z):
    with pytest.raises(SpecError, match="no measure 'taxi'"):
        NearestSearch(z, "taxi")
    with pytest.raises(DataError, match="cannot be searched"):
        NearestSearch(np.full((3, 2), np.nan))
    with pytest.raises(DataError, match="cannot be searched"):
        NearestSearch(np.empty((0, 2)))
