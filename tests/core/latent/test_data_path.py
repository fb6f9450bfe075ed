"""A path along the data goes where codes are, and the straight line does not."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.errors import DataError, SpecError, TooFewSamplesError
from aecore.latent.data_path import DataGraph, emptiness
from aecore.latent.paths import interpolate

RNG = np.random.default_rng(0)


def a_ring(n: int) -> np.ndarray:
    """Codes about a circle of radius 3 in five dimensions, float32 `(n, 5)`."""
    turn = RNG.uniform(0, 2 * np.pi, n)
    ring = np.zeros((n, 5))
    ring[:, :2] = 3 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return (ring + 0.15 * RNG.normal(size=ring.shape)).astype(np.float32)


def test_on_a_ring_it_goes_round_and_not_through() -> None:
    graph = DataGraph(a_ring(600))
    a, b = np.array([3.0, 0, 0, 0, 0]), np.array([-3.0, 0.1, 0, 0, 0])
    path = graph.path(a, b, 40)
    radii = np.linalg.norm(path, axis=1)
    assert radii.min() > 2.5
    assert np.linalg.norm(interpolate(a, b, 40), axis=1).min() < 0.2
    assert np.array_equal(path[[0, -1]], np.stack([a, b]).astype(np.float32))
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps.max() < 1.3 * np.median(steps)
    assert steps.sum() < 1.4 * np.pi * 3


def test_it_is_more_crowded_there_for_codes_it_never_saw_in_nine_pairs_of_ten() -> None:
    graph, others = DataGraph(a_ring(600)), a_ring(300)
    better = 0
    for _ in range(60):
        a, b = others[RNG.integers(0, 300, 2)]
        along, straight = (
            emptiness(path, others).mean() for path in (graph.path(a, b), interpolate(a, b))
        )
        better += along <= straight * (1 + 1e-9)
    assert better >= 54


def test_the_cheapest_way_is_what_a_slow_search_finds() -> None:
    z = RNG.normal(size=(25, 2)).astype(np.float32)
    graph = DataGraph(z)
    costs = graph._graph.toarray()
    costs[costs == 0] = np.inf
    np.fill_diagonal(costs, 0.0)
    for middle in range(25):  # Floyd & Warshall
        costs = np.minimum(costs, costs[:, middle : middle + 1] + costs[middle : middle + 1])
    way = graph.stations(z[3], z[17])
    assert (way[0], way[-1]) == (3, 17)
    steps = np.linalg.norm(np.diff(z[way].astype(float), axis=0), axis=1)
    assert (steps**3).sum() == pytest.approx(costs[3, 17], rel=1e-5)


def test_islands_are_reached() -> None:
    z = np.concatenate([RNG.normal(size=(40, 3)), RNG.normal(size=(40, 3)) + 100]).astype(
        np.float32
    )
    path = DataGraph(z).path(z[0], z[70], 30)
    assert np.allclose(path[-1], z[70])
    assert np.isfinite(path).all()


def test_from_a_code_to_itself_it_stays() -> None:
    z = a_ring(50)
    path = DataGraph(z).path(z[4], z[4], 5)
    assert np.linalg.norm(path - z[4], axis=1).max() < 1.0
    assert np.array_equal(path[0], path[-1])


def test_bad_wishes_are_told() -> None:
    z = a_ring(50)
    graph = DataGraph(z)
    with pytest.raises(SpecError, match="cannot have 1 steps"):
        graph.path(z[0], z[1], 1)
    with pytest.raises(DataError, match="not two codes"):
        graph.path(z[0, :2], z[1, :2])
    with pytest.raises(TooFewSamplesError):
        DataGraph(z[:2])


def test_emptiness_is_the_distance_to_the_tenth_neighbour() -> None:
    z = a_ring(80)
    point = np.array([[3.0, 0, 0, 0, 0]], np.float32)
    assert emptiness(point, z)[0] == pytest.approx(np.sort(np.linalg.norm(z - point, axis=1))[9])
