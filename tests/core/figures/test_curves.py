"""Curves: thinning keeps what matters, and a figure shows the numbers it was given."""

import numpy as np
import pytest

from aecore.figures.curves import Curve, term_colours, thin


def test_a_short_curve_is_left_alone() -> None:
    x = np.arange(5.0)
    thinned = thin(x, x**2, 10)
    np.testing.assert_array_equal(thinned.y, x**2)


@pytest.mark.parametrize("n_max", [10, 37, 800])
def test_a_long_curve_keeps_its_ends_and_its_spike_in_few_points(n_max: int) -> None:
    x = np.arange(10_000) / 100
    y = np.exp(-x / 30)
    y[5_321] = 50.0
    y[7_777] = -3.0
    thinned = thin(x, y, n_max)
    assert len(thinned.x) <= n_max
    assert thinned.x[0] == 0
    assert thinned.x[-1] == pytest.approx(99.99)
    assert thinned.y.max() == 50
    assert thinned.y.min() == -3
    assert np.all(np.diff(thinned.x) > 0)


def test_every_kept_point_is_a_point_of_the_curve() -> None:
    rng = np.random.default_rng(1)
    x, y = np.arange(1_000.0), rng.normal(size=1_000).astype(np.float32)
    thinned = thin(x, y, 100)
    np.testing.assert_array_equal(y[thinned.x.astype(int)], thinned.y)


def test_a_curve_that_became_nan_is_thinned_without_a_warning() -> None:
    y = np.ones(1_000)
    y[500:] = np.nan
    thinned = thin(np.arange(1_000.0), y, 100)
    assert np.isnan(thinned.y).any()
    assert np.nanmax(thinned.y) == 1


def test_all_curves_of_a_term_share_its_colour() -> None:
    x = np.array([1.0, 2.0])
    curves = [Curve("mse", x, x), Curve("mse", x, x * 2, "val"), Curve("kl", x, x * 3)]
    colours = term_colours(curves)
    assert list(colours) == ["mse", "kl"]
    assert colours["mse"] != colours["kl"]
