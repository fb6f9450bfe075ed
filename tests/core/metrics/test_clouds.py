"""Clusters, clouds and factors, each by a case whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from aecore.errors import TooFewSamplesError
from aecore.metrics.clusters import kmeans_agreement
from aecore.metrics.disentanglement import factor_vae_score, mutual_information_gap
from aecore.metrics.frechet import frechet_distance


def test_the_frechet_distance_is_the_matrix_formula():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (500, 4)), rng.normal(1, 2, (400, 4)) @ rng.normal(0, 1, (4, 4))
    S, T = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(S + T - 2 * sqrtm(S @ T).real)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, a + 3.0) == pytest.approx(4 * 9.0)


def test_a_cloud_of_one_is_told():
    with pytest.raises(TooFewSamplesError):
        frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))


def test_clusters_that_are_the_classes_agree_and_noise_does_not():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), 40)
    apart = 20 * np.eye(5)[labels] + rng.normal(0, 1, (200, 5))
    found = kmeans_agreement(apart, labels)
    assert found.nmi == pytest.approx(1.0)
    assert found.ari == pytest.approx(1.0)
    noise = kmeans_agreement(rng.normal(0, 1, (200, 5)), labels)
    assert noise.nmi < 0.15
    assert abs(noise.ari) < 0.05
    with pytest.raises(TooFewSamplesError):
        kmeans_agreement(apart, np.zeros(200, int))


def known_factors(n=4000):
    rng = np.random.default_rng(0)
    return {
        "shape": rng.integers(0, 3, n).astype(np.float32),
        "x": rng.random(n).astype(np.float32),
        "y": rng.random(n).astype(np.float32),
    }


def test_a_dimension_for_each_factor_scores_near_one():
    factors = known_factors()
    codes = np.stack([*factors.values(), np.random.default_rng(1).normal(0, 0.001, 4000)], 1)
    assert mutual_information_gap(codes, factors) > 0.9
    assert factor_vae_score(codes, factors) > 0.99


def test_factors_that_are_mixed_score_low():
    factors = known_factors()
    mixing = np.random.default_rng(2).normal(0, 1, (3, 6))
    codes = np.stack(list(factors.values()), 1) @ mixing
    noise = np.random.default_rng(1).normal(0, 1, (4000, 3))
    assert mutual_information_gap(codes, factors) < 0.25
    assert mutual_information_gap(noise, factors) < 0.02
    assert factor_vae_score(noise, factors) < 0.5


def test_factors_that_do_not_vary_are_told():
    with pytest.raises(TooFewSamplesError):
        mutual_information_gap(np.zeros((5, 3)), {"x": np.zeros(5)})
    with pytest.raises(TooFewSamplesError):
        factor_vae_score(np.zeros((5, 3)), {"x": np.arange(5.0)})
