"""Two groups told apart by the line between their means: against loops, closed forms and chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import mannwhitneyu

from aecore.errors import DataError, TooFewSamplesError
from aecore.metrics.telling_apart import held_out_auc, interval_of, separability


def two(n: int, D: int, apart: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two gaussian groups whose means differ along the first axis."""
    random = np.random.default_rng(seed)
    first, second = random.normal(size=(2, n, D))
    first[:, 0] += apart
    return first, second


def test_each_pair_is_ordered_by_the_means_of_all_others() -> None:
    first, second = two(7, 3, 0.8)
    second = np.concatenate([second, two(7, 3, 0.0, seed=1)[1]])
    z = np.concatenate([first, second])
    right = [
        (first[i] - second[j]) @ (np.delete(first, i, 0).mean(0) - np.delete(second, j, 0).mean(0))
        > 0
        for i in range(len(first))
        for j in range(len(second))
    ]
    assert 0 < sum(right) < len(right)
    found = held_out_auc(z @ z.T, np.arange(len(z)), len(first))
    assert found == pytest.approx(np.mean(right))


def test_a_grouping_by_order_is_the_same_as_moving_the_codes() -> None:
    z = np.concatenate(two(9, 4, 1.0))
    order = np.random.default_rng(3).permutation(len(z))
    moved = z[order]
    assert held_out_auc(z @ z.T, order, 9) == pytest.approx(
        held_out_auc(moved @ moved.T, np.arange(len(z)), 9)
    )


def test_it_comes_near_what_is_true_of_gaussians_far_apart() -> None:
    first, second = two(900, 4, 1.5)
    told = separability(first, second)
    assert told.auc.mean == pytest.approx(ndtr(1.5 / np.sqrt(2)), abs=0.02)
    along = mannwhitneyu(first[:, 0], second[:, 0]).statistic / 900**2
    assert told.auc.mean == pytest.approx(along, abs=0.01)
    assert told.is_there
    assert told.n_as_good == 0


@pytest.mark.slow
@pytest.mark.parametrize("n", [8, 40, 150])
def test_random_groups_of_real_codes_are_no_concept_in_95_of_100(digits, n: int) -> None:
    z = digits.x.reshape(len(digits.x), -1) / 255.0  # pixels: anything that has classes in it
    found = 0
    for seed in range(100):
        drawn = np.random.default_rng(seed).permutation(len(z))[: 2 * n]
        found += separability(z[drawn[:n]], z[drawn[n:]], seed=seed).is_there
    assert found <= 5


def test_real_classes_are_there_and_random_halves_of_one_class_are_not(digits) -> None:
    z = digits.x.reshape(len(digits.x), -1) / 255.0
    threes, eights = z[digits.labels == 3], z[digits.labels == 8]
    assert separability(threes, eights).is_there
    assert separability(threes[:30], eights[:30]).is_there
    assert not separability(threes[::2], threes[1::2]).is_there


def test_the_share_of_chance_is_even_where_nothing_is() -> None:
    chances = [separability(*two(12, 5, 0.0, seed), seed=seed).chance for seed in range(60)]
    assert 0.35 < np.mean(chances) < 0.65
    assert 0.2 < np.mean(np.array(chances) < 0.5) < 0.8


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    held = []
    for seed in range(200):
        first, second = two(30, 6, 1.0, seed)
        z = np.concatenate([first, second])
        found = interval_of(held_out_auc(z @ z.T, np.arange(60), 30), 30, 30)
        line = first.mean(0) - second.mean(0)
        truth = ndtr(line[0] / np.linalg.norm(line) / np.sqrt(2))
        held.append(found.low <= truth <= found.high)
    assert np.mean(held) > 0.94


def test_the_interval_has_a_width_at_the_ends_and_shrinks_with_more() -> None:
    few, many = interval_of(1.0, 8, 8), interval_of(1.0, 500, 500)
    assert few.low < 0.75
    assert 0.98 < many.low < 1.0
    assert few.high == many.high == 1.0
    assert interval_of(0.0, 8, 8).high == pytest.approx(1 - few.low)
    middle = interval_of(0.5, 50, 50)
    assert middle.low + middle.high == pytest.approx(1.0)


def test_codes_that_are_all_alike_are_told_apart_by_nothing() -> None:
    told = separability(np.ones((9, 3)), np.ones((12, 3)))
    assert told.auc.mean == 0.5
    assert told.chance == 1.0
    assert not told.is_there


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        (np.zeros((4, 2)), np.zeros((9, 2)), TooFewSamplesError),
        (np.zeros((9, 2)), np.zeros((9, 3)), DataError),
        (np.full((9, 2), np.nan), np.zeros((9, 2)), DataError),
    ],
)
def test_what_is_no_two_groups_is_told(first, second, error) -> None:
    with pytest.raises(error):
        separability(first, second)
