"""A difference is called real when it is, and not when it is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from aecore.errors import TooFewSamplesError
from aecore.metrics.compare import LEVEL, difference, interval


def test_the_interval_is_that_of_the_normal_theory_for_many_samples():
    scores = np.random.default_rng(0).normal(2.0, 3.0, 4000)
    found = interval(scores)
    half = norm.ppf((1 + LEVEL) / 2) * scores.std(ddof=1) / np.sqrt(len(scores))
    assert found.mean == pytest.approx(scores.mean())
    assert found.low == pytest.approx(scores.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(scores.mean() + half, abs=0.1 * half)


def test_a_model_against_itself_is_not_real_in_ninety_five_of_a_hundred_seeds():
    not_real = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        pictures = rng.gamma(2.0, 1.0, 300)  # hard ones are hard both times
        once, again = (pictures + 0.1 * rng.standard_normal(300) for _ in range(2))
        not_real += not difference(once, again, seed=seed).excludes_zero
    assert not_real >= 95


def test_the_same_scores_differ_by_nothing_at_all():
    scores = np.random.default_rng(0).random(50)
    found = difference(scores, scores)
    assert (found.mean, found.low, found.high) == (0, 0, 0)
    assert not found.excludes_zero


def test_a_small_difference_is_found_where_pictures_are_paired():
    pictures = np.random.default_rng(0).gamma(2.0, 1.0, 300)
    rng = np.random.default_rng(1)
    better = pictures - 0.05 + 0.1 * rng.standard_normal(300)
    found = difference(better, pictures)
    assert found.high < 0
    assert found.excludes_zero
    assert not interval(better - rng.permutation(pictures)).excludes_zero


def test_scores_that_are_missing_are_left_out_and_one_alone_is_told():
    assert interval(np.array([1.0, np.nan, 3.0])).n == 2
    with pytest.raises(TooFewSamplesError):
        interval(np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="same samples"):
        difference(np.zeros(3), np.zeros(4))
