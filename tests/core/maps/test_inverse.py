"""A map read backwards: exact where it can be, and smooth where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.errors import DataError
from aecore.maps.inverse import LinearInverse, LocalInverse, inverse_of
from aecore.store import Store
from tests.core.maps.test_maps import BLOBS, map_of

RNG = np.random.default_rng(0)
PLACES = RNG.uniform(-3, 3, (400, 2)).astype(np.float32)


def a_surface(xy: np.ndarray) -> np.ndarray:
    """A bent sheet in four dimensions, `(n, 4)`."""
    x, y = xy.T.astype(np.float64)
    return np.stack([x, y, np.sin(x), x * y / 3], axis=1)


def test_places_of_a_pca_map_are_the_codes_of_its_plane(a_store: Store) -> None:
    found = map_of(a_store, BLOBS, "pca")
    inverse = inverse_of(found)
    assert isinstance(inverse, LinearInverse)
    z = inverse.codes_at(PLACES)
    assert found.linear is not None
    assert np.allclose(found.linear.place(z), PLACES, atol=1e-4)
    # in the plane: what is left of a code after its two components are taken is the mean's
    two = BLOBS - BLOBS.mean(0)
    _, _, axes = np.linalg.svd(two, full_matrices=False)
    rest = axes[2:] @ (z - BLOBS.mean(0)).T
    assert np.abs(rest).max() < 1e-3


def test_chosen_dimensions_take_the_place_and_the_others_their_mean(a_store: Store) -> None:
    found = map_of(a_store, BLOBS, "codes", dims=(3, 1))
    z = inverse_of(found).codes_at(PLACES)
    assert np.allclose(z[:, [3, 1]], PLACES, atol=1e-5)
    assert np.allclose(z[:, [0, 2, 4]], BLOBS.mean(0)[[0, 2, 4]], atol=1e-5)


def test_a_flat_sheet_is_read_back_exactly_between_its_points() -> None:
    flat = PLACES @ RNG.normal(size=(2, 6)) + 1.0
    inverse = LocalInverse(PLACES, flat.astype(np.float32), k=400)
    inside = RNG.uniform(-2, 2, (50, 2))
    held_back = np.abs(inverse.codes_at(inside) - _of(flat, inside)).max()
    only_means = np.abs(_of(flat, inside) - flat.mean(0)).max()
    assert held_back < 0.3 * only_means  # a ridge keeps it from being exact
    assert np.allclose(inverse.weights_at(inside).share.sum(1), 1.0)


def _of(flat: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The plane through `flat` at other places, by least squares."""
    design = np.c_[PLACES, np.ones(len(PLACES))]
    solved, *_ = np.linalg.lstsq(design, flat, rcond=None)
    return np.c_[places, np.ones(len(places))] @ solved


def test_a_bent_sheet_is_read_back_better_than_by_its_nearest_point() -> None:
    z = a_surface(PLACES).astype(np.float32)
    asked = RNG.uniform(-2.5, 2.5, (300, 2))
    off = np.linalg.norm(LocalInverse(PLACES, z).codes_at(asked) - a_surface(asked), axis=1)
    nearest = np.linalg.norm(PLACES[None] - asked[:, None], axis=2).argmin(1)
    off_nearest = np.linalg.norm(z[nearest] - a_surface(asked), axis=1)
    assert off.mean() < 0.6 * off_nearest.mean()


def test_codes_change_smoothly_as_a_place_moves() -> None:
    inverse = LocalInverse(PLACES, a_surface(PLACES).astype(np.float32))
    line = np.stack([np.linspace(-2, 2, 4001), np.full(4001, 0.3)], axis=1)
    z = inverse.codes_at(line).astype(np.float64)
    steps = np.linalg.norm(np.diff(z, axis=0), axis=1)
    # a thousandth of a unit further on the map, a code has gone by about as much, and never jumped
    assert steps.max() < 0.02
    jumps = np.linalg.norm(np.diff(a_surface(PLACES[_nearest(line)]), axis=0), axis=1)
    assert jumps.max() > 0.2  # as the nearest point does


def _nearest(places: np.ndarray) -> np.ndarray:
    return np.linalg.norm(PLACES[None] - places[:, None], axis=2).argmin(1)


def test_far_from_all_points_codes_stay_among_those_of_the_nearest() -> None:
    z = a_surface(PLACES).astype(np.float32)
    far = LocalInverse(PLACES, z).codes_at(np.array([[500.0, 500.0], [-900.0, 0.0]]))
    low, high = z.min(0), z.max(0)
    assert (far > low - (high - low)).all()
    assert (far < high + (high - low)).all()


def test_a_point_that_is_left_out_tells_nothing() -> None:
    z = a_surface(PLACES).astype(np.float32)
    wild = z.copy()
    wild[17] = 1000.0
    without = LocalInverse(PLACES, wild).codes_without(np.array([17]))
    others = np.delete(np.arange(len(PLACES)), 17)
    alone = LocalInverse(PLACES[others], z[others]).codes_at(PLACES[[17]])
    assert np.allclose(without, alone, atol=1e-4)
    assert np.abs(without).max() < 20


@pytest.mark.parametrize("n", [1, 2])
def test_of_one_or_two_points_the_nearest_gives_its_code(n: int) -> None:
    z = a_surface(PLACES[:n]).astype(np.float32)
    asked = np.array([[0.0, 0.0], [9.0, 9.0], [-9.0, 2.0]])
    nearest = np.linalg.norm(PLACES[:n][None] - asked[:, None], axis=2).argmin(1)
    assert np.allclose(LocalInverse(PLACES[:n], z).codes_at(asked), z[nearest], atol=1e-5)


def test_of_three_points_codes_lie_on_the_line_through_the_nearest_two() -> None:
    z = a_surface(PLACES[:3])
    asked = PLACES[:3].mean(0, keepdims=True) + np.array([[0.0, 0.0], [0.3, 0.1]])
    found = LocalInverse(PLACES[:3], z.astype(np.float32)).codes_at(asked)
    for code, at in zip(found, asked, strict=True):
        a, b = z[np.argsort(np.linalg.norm(PLACES[:3] - at, axis=1))[:2]]
        share = (code - a) @ (b - a) / ((b - a) @ (b - a))
        assert np.allclose(code, a + share * (b - a), atol=1e-5)
        assert -0.5 < share < 1.5  # between the two, or not far beyond


def test_points_on_one_place_are_averaged() -> None:
    same = np.zeros((30, 2), np.float32)
    z = RNG.normal(size=(30, 3)).astype(np.float32)
    found = LocalInverse(same, z, k=29).codes_at(np.zeros((1, 2)))
    assert np.abs(found[0] - z.mean(0)).max() < 0.2


@pytest.mark.parametrize("places", [np.zeros((2, 3)), np.array([[np.nan, 0.0]]), np.zeros(2)])
def test_what_is_no_place_is_refused(places: np.ndarray) -> None:
    with pytest.raises(DataError, match="do not fit this map"):
        LocalInverse(PLACES, a_surface(PLACES)).codes_at(places)
