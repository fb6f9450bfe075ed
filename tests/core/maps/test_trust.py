"""Trust ranks places by what decoding them gets wrong, and the inverse keeps its promise."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
import sklearn.manifold
from scipy.stats import spearmanr

import aecore
from aecore.api.lab import finish
from aecore.data.samples import SampleSet
from aecore.errors import DataError
from aecore.maps.inverse import inverse_of
from aecore.maps.latent_map import LatentMap, place
from aecore.maps.trust import Trust, TrustAt, load_trust, trust_steps
from aecore.metrics.neighbourhood import kept_neighbours, trustworthiness_by_point
from aecore.metrics.pictures import mse
from aecore.runs import OpenRun
from aecore.specs.studies import TrustSpec
from aecore.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("trust"))


@pytest.fixture(scope="module")
def run(kept: Store) -> OpenRun:
    """A code of 32 numbers for the digits that ship."""
    return aecore.train("undercomplete", "digits", n_epochs=12, store=kept)


@pytest.fixture(scope="module")
def digits(kept: Store, run: OpenRun) -> SampleSet:
    return aecore.load("digits", store=kept)


def ended(steps: Generator[Any, None, Trust]) -> Trust:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Trust = end.value
            return found


def held_out(
    run: OpenRun, digits: SampleSet, found: LatentMap
) -> tuple[np.ndarray, np.ndarray, TrustAt]:
    """Error of the pictures decoded at the positions of held-out points, of the nearest training
    codes decoded, and what is told of those places; nothing held out is known to any of them."""
    train, test = (np.flatnonzero(found.codes.part == part) for part in (0, 2))
    x = digits.x[found.codes.rows[test]]
    places = found.positions[test]
    decoded = mse(x, run.decode(inverse_of(found, train).codes_at(places)))
    z = found.codes.z
    nearest = np.linalg.norm(z[train][None] - z[test][:, None], axis=2).argmin(1)
    of_nearest = mse(x, run.decode(z[train[nearest]]))
    trust = ended(trust_steps(run, digits, found, train))
    return decoded, of_nearest, trust.at(found.positions[train], places)


def test_the_round_trip_of_held_out_places_is_foretold_and_is_long_where_nothing_lies(
    kept: Store, run: OpenRun, digits: SampleSet
) -> None:
    found = aecore.latent_map(run, "tsne", store=kept)
    train, test = (np.flatnonzero(found.codes.part == part) for part in (0, 2))
    inverse, places = inverse_of(found, train), found.positions[test]
    trust = ended(trust_steps(run, digits, found, train))
    back = place(found, run.encode(run.decode(inverse.codes_at(places))))
    strayed = np.linalg.norm(back - places, axis=1) / trust.trip.step
    told = trust.at(found.positions[train], places).strayed
    assert spearmanr(told, strayed).statistic >= 0.5
    error = mse(digits.x[found.codes.rows[test]], run.decode(inverse.codes_at(places)))
    assert spearmanr(told, error).statistic > 0.1
    nodes = [np.linspace(trust.trip.low[i], trust.trip.high[i], 48) for i in (0, 1)]
    everywhere = np.stack(np.meshgrid(*nodes), axis=-1).reshape(-1, 2)
    empty = trust.at(found.positions[train], everywhere).presence < 0.5
    assert empty.mean() > 0.05
    assert np.median(trust.trip.strayed.ravel()[empty]) > 2 * np.median(strayed)


def test_places_decode_nearly_as_well_as_the_nearest_code_and_trust_ranks_them(
    kept: Store,
) -> None:
    mnist = aecore.train("undercomplete", "mnist-5k", n_epochs=4, store=kept)
    found = aecore.latent_map(mnist, "tsne", store=kept, n_max=2500)
    decoded, of_nearest, told = held_out(mnist, aecore.load("mnist-5k", store=kept), found)
    assert decoded.mean() <= 1.4 * of_nearest.mean()
    assert spearmanr(-told.trust, decoded).statistic >= 0.5
    assert spearmanr(told.strayed, decoded).statistic > 0.1
    assert ((told.trust >= 0) & (told.trust <= 1)).all()


def test_a_job_keeps_what_looking_finds(kept: Store, run: OpenRun, digits: SampleSet) -> None:
    found = aecore.latent_map(run, "pca", store=kept)
    spec = TrustSpec(map=found.key)
    kept.create(spec)
    assert finish(kept, spec.key).state.status == "done"
    trust = load_trust(kept, spec.key)
    again = ended(trust_steps(run, digits, found))
    assert np.array_equal(trust.decoding_error, again.decoding_error)
    assert np.array_equal(trust.trip.strayed, again.trip.strayed)
    assert trust.trip.at(found.positions[:9]) == pytest.approx(again.trip.at(found.positions[:9]))
    assert (trust.floor, trust.ceiling, trust.reach) == (again.floor, again.ceiling, again.reach)
    # of a projection, it is the error of the point of the plane decoded
    z = inverse_of(found).codes_at(found.positions[:50])
    assert np.allclose(
        trust.decoding_error[:50], mse(digits.x[found.codes.rows[:50]], run.decode(z))
    )
    x = digits.x[found.codes.rows] / 255.0
    assert trust.ceiling == pytest.approx(((x - x.mean(0)) ** 2).mean(), rel=1e-3)
    assert trust.floor == pytest.approx(found.codes.error.mean(), rel=1e-5)


def test_empty_places_are_not_trusted(kept: Store, run: OpenRun, digits: SampleSet) -> None:
    found = aecore.latent_map(run, "pca", store=kept)
    trust = ended(trust_steps(run, digits, found))
    width = np.ptp(found.positions[:, 0])
    outside = found.positions[:1] + np.array([3 * width, 0.0])
    assert trust.at(found.positions, outside).presence[0] < 0.2
    assert trust.at(found.positions, outside).trust[0] < 0.2
    assert trust.at(found.positions, found.positions).presence.mean() > 0.95


def test_solid_maps_are_refused(kept: Store, run: OpenRun, digits: SampleSet) -> None:
    found = aecore.latent_map(run, "pca", store=kept, n_components=3)
    with pytest.raises(DataError, match="two-dimensional maps"):
        ended(trust_steps(run, digits, found))


def test_points_add_up_to_scikit_learns_trustworthiness() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(300, 6))
    flat = z[:, :2] + 0.1 * rng.normal(size=(300, 2))
    each = trustworthiness_by_point(z, flat, 10, np.arange(300))
    assert each.mean() == pytest.approx(sklearn.manifold.trustworthiness(z, flat, n_neighbors=10))
    assert np.ptp(each) > 0.05


def test_the_share_of_kept_neighbours_is_what_a_slow_count_finds() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=(80, 4))
    flat = z[:, :2]
    share = kept_neighbours(z, flat, 5)
    for i in range(80):
        near, true = (
            set(np.argsort(np.linalg.norm(space - space[i], axis=1))[1:6]) for space in (flat, z)
        )
        assert share[i] == pytest.approx(len(near & true) / 5)
    assert np.array_equal(kept_neighbours(z, z, 5), np.ones(80, np.float32))
