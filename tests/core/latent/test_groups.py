"""What samples of a group have in common, against numpy and slow loops."""

from __future__ import annotations

import numpy as np

from aecore.latent.groups import class_examples, moments, nearest

RANDOM = np.random.default_rng(0)


def test_mean_and_spread_are_those_of_numpy() -> None:
    x = RANDOM.integers(0, 256, (900, 3, 5, 4), dtype=np.uint8)
    rows = RANDOM.permutation(900)[:700]
    found = moments(x, rows)
    assert np.allclose(found.mean, (x[rows] / 255.0).mean(0), atol=1e-6)
    assert np.allclose(found.spread, (x[rows] / 255.0).std(0), atol=1e-6)
    assert found.n == 700


def test_rows_far_from_zero_keep_their_spread() -> None:
    x = (1e4 + RANDOM.normal(size=(600, 7))).astype(np.float32)
    found = moments(x, np.arange(600))
    assert np.allclose(found.spread, x.astype(np.float64).std(0), rtol=1e-3)


def test_half_black_half_white_is_the_largest_spread_and_one_picture_has_none() -> None:
    x = np.zeros((4, 1, 2, 2), np.uint8)
    x[:2] = 255
    assert np.allclose(moments(x, np.arange(4)).spread, 0.5)
    assert (moments(x, np.array([1])).spread == 0).all()


def test_the_nearest_codes_come_in_order() -> None:
    z, point = RANDOM.normal(size=(200, 6)), RANDOM.normal(size=6)
    slow = sorted(range(200), key=lambda i: float(np.linalg.norm(z[i] - point)))
    assert nearest(z, point, 9).tolist() == slow[:9]
    assert sorted(nearest(z[:3], point, 9).tolist()) == [0, 1, 2]


def test_an_example_of_a_class_is_its_member_nearest_to_its_middle() -> None:
    z = np.array([[0.0, 0], [1, 0], [3, 0], [9, 9], [5, 5]])
    labels = np.array([0, 0, 0, 2, -1])
    assert class_examples(z, labels, 4).tolist() == [1, 3]
