"""Places come back where decoder and encoder agree, and are told to stray where they do not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates

from aecore.data.samples import SampleSet
from aecore.export.living import InteractiveMap
from aecore.figures.payload import unpack
from aecore.maps.inverse import inverse_of
from aecore.maps.latent_map import LatentMap, place
from aecore.maps.round_trip import N_SIDE, RoundTrip, round_trip_steps
from aecore.maps.trust import Trust
from aecore.runs import OpenRun
from aecore.store import Store, run_to_end
from tests.core.export.untrained import untrained
from tests.core.maps.test_maps import map_of

RNG = np.random.default_rng(0)


def optimal() -> OpenRun:
    """A linear autoencoder at its optimum: orthonormal directions, the encoder's the decoder's."""
    run = untrained("linear", (1, 8, 8))
    directions, _ = np.linalg.qr(RNG.normal(size=(64, run.n_dims)))  # (64, D)
    encoder, decoder = (_linear(part) for part in (run.model, run.model.decoder))
    with torch.no_grad():
        decoder.weight.copy_(torch.from_numpy(directions))
        decoder.bias.fill_(0.5)
        encoder.weight.copy_(torch.from_numpy(directions.T))
        encoder.bias.copy_(torch.from_numpy(-0.5 * directions.sum(0)))
    return run


def _linear(module: torch.nn.Module) -> torch.nn.Linear:
    return next(part for part in module.modules() if isinstance(part, torch.nn.Linear))


@pytest.fixture(scope="module")
def run() -> OpenRun:
    return optimal()


def a_map(store: Store, run: OpenRun, seed: int = 0) -> LatentMap:
    """By PCA, of codes so near the middle that no picture is cut off at black or white."""
    z = RNG.normal(0, 0.12, size=(200, run.n_dims)).astype(np.float32)
    return map_of(store, z, "pca", seed)


def trip_of(run: OpenRun, found: LatentMap) -> RoundTrip:
    return run_to_end(round_trip_steps(run, found, inverse_of(found), np.arange(len(found))))


def test_on_a_projection_of_a_linear_autoencoder_every_place_comes_back(
    a_store: Store, run: OpenRun
) -> None:
    found = a_map(a_store, run)
    trip = trip_of(run, found)
    assert trip.strayed.shape == (N_SIDE, N_SIDE)
    assert trip.strayed.max() < 0.1  # what is left is the rounding to 256 greys
    assert trip.at(found.positions).mean() < 0.05


def test_where_encoder_and_decoder_disagree_places_stray_as_far_as_they_do(
    a_store: Store,
) -> None:
    run = optimal()
    with torch.no_grad():
        _linear(run.model).bias.add_(0.7)  # every code is read so much too high
    found = a_map(a_store, run, 1)
    trip = trip_of(run, found)
    assert found.linear is not None
    moved = np.linalg.norm(found.linear.components @ np.full(run.n_dims, 0.7))
    assert np.allclose(trip.strayed * trip.step, moved, rtol=0.05)
    assert trip.strayed.min() > 1


def test_steps_are_the_distance_to_the_tenth_neighbour(a_store: Store, run: OpenRun) -> None:
    found = a_map(a_store, run)
    far = np.linalg.norm(found.positions[:, None] - found.positions[None], axis=2)
    assert trip_of(run, found).step == pytest.approx(np.median(np.sort(far, axis=1)[:, 10]))


def test_a_place_between_those_tried_is_told_from_the_four_around_it() -> None:
    grid = RNG.uniform(size=(5, 7)).astype(np.float32)
    trip = RoundTrip(grid, np.array([-1.0, 2.0]), np.array([5.0, 10.0]), 1.0)
    places = np.stack([RNG.uniform(-1, 5, 50), RNG.uniform(2, 10, 50)], axis=1)
    expected = map_coordinates(grid, [(places[:, 1] - 2) / 2, places[:, 0] + 1], order=1)
    assert np.allclose(trip.at(places), expected, atol=1e-6)
    assert trip.at(np.array([[5.0, 10.0]]))[0] == grid[-1, -1]
    assert trip.at(np.array([[-99.0, -99.0]]))[0] == grid[0, 0]


def test_a_place_that_was_tried_is_told_as_it_was(a_store: Store, run: OpenRun) -> None:
    """Off the plane of the map, which a slow loop confirms."""
    other = untrained("vae", (1, 8, 8))
    z = np.random.default_rng(3).normal(size=(80, other.n_dims)).astype(np.float32)
    found = map_of(a_store, z, "pca", 4)
    trip, inverse = trip_of(other, found), inverse_of(found)
    for j, i in ((0, 0), (20, 31), (47, 47), (5, 40)):
        at = trip.low + np.array([i, j]) / (N_SIDE - 1) * (trip.high - trip.low)
        back = place(found, other.encode(other.decode(inverse.codes_at(at[None]))))[0]
        expected = np.linalg.norm(back - at) / trip.step
        assert trip.strayed[j, i] == pytest.approx(expected, rel=1e-3)
        assert trip.at(at[None])[0] == pytest.approx(expected, rel=1e-3)


def test_points_that_all_lie_on_one_place_come_back_to_it(a_store: Store, run: OpenRun) -> None:
    found = map_of(a_store, np.zeros((9, run.n_dims), np.float32), "pca", 5)
    trip = trip_of(run, found)
    assert trip.step == 1.0  # there is no distance between neighbours to count in
    assert np.array_equal(trip.low, trip.high)
    assert trip.strayed.max() < 0.02  # the rounding to 256 greys
    assert np.allclose(trip.at(found.positions), trip.strayed[0, 0])


def test_the_browser_is_sent_the_trip(a_store: Store, run: OpenRun) -> None:
    found = a_map(a_store, run, 6)
    trip = trip_of(run, found)
    n = len(found)
    trust = Trust(np.zeros(n, np.float32), np.ones(n, np.float32), 0.0, 1.0, 1.0, trip)
    pictures = SampleSet(run.decode(found.codes.z), {})
    head, arrays = unpack(InteractiveMap(found, pictures, trust=trust).message())
    assert np.array_equal(arrays["strayed"].reshape(head["trust"]["trip"]["shape"]), trip.strayed)
    assert head["trust"]["trip"]["high"] == trip.high.tolist()
