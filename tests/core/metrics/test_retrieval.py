"""Search judged by classes, against scikit-learn and a slow loop."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from aecore.errors import TooFewSamplesError
from aecore.metrics.retrieval import average_precision, hamming, precision_at, retrieval


@pytest.fixture
def search():
    random = np.random.default_rng(0)
    classes = random.integers(0, 3, 40)
    z = random.normal(size=(40, 2)) + 1.5 * classes[:, None]
    distances = np.linalg.norm(z[:, None] - z[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return distances, classes


def test_precision_and_average_precision_are_those_of_others(search):
    distances, classes = search
    found = retrieval(distances, classes, classes)
    precisions, averages = [], []
    for i, row in enumerate(distances):
        others = np.flatnonzero(np.isfinite(row))
        truth = classes[others] == classes[i]
        precisions.append(truth[np.argsort(row[others])[:10]].mean())
        averages.append(average_precision_score(truth, -row[others]))
    assert found.precision.mean == pytest.approx(np.mean(precisions))
    assert found.average_precision.mean == pytest.approx(np.mean(averages))
    assert found.average_precision.mean > found.chance


def test_too_few_to_search_are_told():
    with pytest.raises(TooFewSamplesError, match="judge no search"):
        retrieval(np.ones((3, 10)), np.zeros(3), np.zeros(10))


def test_hamming_distance_counts_bits():
    random = np.random.default_rng(1)
    a, b = random.integers(0, 2, (5, 32)), random.integers(0, 2, (7, 32))
    found = hamming(np.packbits(a.astype(bool), 1), np.packbits(b.astype(bool), 1))
    assert np.array_equal(found, (a[:, None] != b[None]).sum(2))


def test_precision_and_average_precision_of_rankings_as_in_the_textbook():
    relevant = np.array([[1, 0, 1, 0, 0, 1], [0, 1, 0, 0, 1, 0], [0] * 6], bool)
    assert precision_at(relevant, 3) == pytest.approx([2 / 3, 1 / 3, 0])
    found = average_precision(relevant)
    assert found[:2] == pytest.approx([(1 + 2 / 3 + 3 / 6) / 3, (1 / 2 + 2 / 5) / 2])
    assert np.isnan(found[2])
    half_missing = average_precision(relevant[:1], np.array([6]))
    assert half_missing == pytest.approx(found[:1] / 2)


def test_fewer_ranked_than_k_count_as_misses():
    assert precision_at(np.ones((1, 4), bool), 10) == pytest.approx([0.4])
