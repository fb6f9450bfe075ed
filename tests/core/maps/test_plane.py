"""The plane through three codes: exact where it is exact, and honest about what it leaves out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sklearn.decomposition

import aecore
from aecore.api.lab import finish
from aecore.errors import JobError, SpecError
from aecore.maps.inverse import LinearInverse, inverse_of
from aecore.maps.latent_map import LatentMap, place
from aecore.maps.layouts.layout import Distinct
from aecore.specs.maps import MapSpec, PlaneSpec
from aecore.store import Store
from tests.core.maps.test_maps import BLOBS, codes_in, map_of

THREE = (4, 50, 110)


@pytest.fixture
def plane(a_store: Store) -> LatentMap:
    return map_of(a_store, BLOBS, "plane", through=THREE)


def test_the_three_keep_their_distances_and_stand_where_they_are_said_to(plane: LatentMap) -> None:
    a, b, c = plane.positions[list(THREE)]
    za, zb, zc = BLOBS[list(THREE)]
    assert a == pytest.approx([0, 0])
    assert b == pytest.approx([np.linalg.norm(zb - za), 0], abs=1e-4)
    assert np.linalg.norm(c) == pytest.approx(np.linalg.norm(zc - za), rel=1e-5)
    assert np.linalg.norm(c - b) == pytest.approx(np.linalg.norm(zc - zb), rel=1e-5)
    assert c[1] > 0


def test_every_code_is_projected_orthogonally(plane: LatentMap) -> None:
    za, zb, zc = BLOBS[list(THREE)].astype(float)
    sides = np.stack([zb - za, zc - za], axis=1)  # (D, 2)
    share = np.linalg.lstsq(sides, (BLOBS - za).T, rcond=None)[0]  # the foot on the plane
    foot = za + (sides @ share).T
    assert np.allclose(inverse_of(plane).codes_at(plane.positions), foot, atol=1e-4)
    assert np.allclose(place(plane, foot), plane.positions, atol=1e-4)
    assert np.abs(foot - BLOBS).max() > 0.3  # the others lie off it


def test_a_place_is_decoded_from_the_very_mix_of_the_three(plane: LatentMap) -> None:
    back = inverse_of(plane)
    assert isinstance(back, LinearInverse)
    mix = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.2, 0.5, 0.3], [-1, 1.5, 0.5]])
    places = mix @ plane.positions[list(THREE)].astype(float)
    assert np.allclose(back.codes_at(places), mix @ BLOBS[list(THREE)], atol=1e-4)
    other = inverse_of(plane, np.arange(30)).codes_at(places)  # whoever may be asked
    assert np.array_equal(other, back.codes_at(places))


def test_the_share_of_the_variance_is_told_beside_pcas(a_store: Store, plane: LatentMap) -> None:
    centred = BLOBS - BLOBS.mean(0)
    a, b = inverse_of(plane).components  # type: ignore[union-attr]
    parts = [((centred @ axis) ** 2).sum() / (centred**2).sum() for axis in (a, b)]
    assert plane.share == pytest.approx(sum(parts), rel=1e-4)
    pca = sklearn.decomposition.PCA(2).fit(BLOBS).explained_variance_ratio_
    assert map_of(a_store, BLOBS, "pca").share == pytest.approx(pca.sum(), rel=1e-4)
    assert plane.share < pca.sum()
    assert f"holds {100 * plane.share:.1f} % of the variance" in plane.note
    assert f"that of PCA, {100 * pca.sum():.1f} %" in plane.note
    assert plane.axes[0] == f"A #4 to B #50 ({100 * parts[0]:.1f} % of the variance)"
    assert plane.axes[1] == f"towards C #110 ({100 * parts[1]:.1f} % of the variance)"


def test_what_is_no_projection_holds_no_share(a_store: Store, plane: LatentMap) -> None:
    assert replace(plane, linear=None).share is None
    assert map_of(a_store, np.full((9, 3), 2.0), "pca", 1).share is None


def test_permuted_samples_give_the_permuted_plane(a_store: Store, plane: LatentMap) -> None:
    order = np.random.default_rng(1).permutation(len(BLOBS))
    there = tuple(int(np.flatnonzero(order == row)[0]) for row in THREE)
    other = map_of(a_store, BLOBS[order], "plane", 1, through=there)
    assert np.allclose(plane.positions[order], other.positions, atol=1e-6)


def test_rows_of_the_set_are_meant_not_places_among_the_codes() -> None:
    found = Distinct.of(BLOBS[::2], np.arange(len(BLOBS))[::2])
    assert np.array_equal(found.z_of(50), BLOBS[50])


def test_three_on_a_line_or_alike_leave_an_axis_empty_and_say_so(a_store: Store) -> None:
    z = BLOBS.copy()
    z[110] = 0.5 * (z[4] + z[50])
    line = map_of(a_store, z, "plane", 2, through=THREE)
    assert "lie on one line: one axis stays empty" in line.note
    assert line.axes[1] == "(empty)"
    assert not line.positions[:, 1].any()
    z[50] = z[110] = z[4]
    point = map_of(a_store, z, "plane", 3, through=THREE)
    assert "have the same code" in point.note
    assert not point.positions.any()
    assert np.allclose(inverse_of(point).codes_at(np.ones((1, 2))), z[4], atol=1e-6)


@pytest.mark.parametrize(
    "wish",
    [
        {"name": "plane"},
        {"name": "plane", "through": (1, 2)},
        {"name": "plane", "through": (1, 2, 2)},
    ],
)
def test_a_plane_goes_through_three(wish: dict[str, object]) -> None:
    with pytest.raises(SpecError, match="three different samples"):
        MapSpec.of(codes="codes-" + "0" * 24, method=wish)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (
            {"name": "plane", "through": THREE, "n_components": 3},
            "method.plane.n_components: there is no such setting",
        ),
        ({"name": "pca", "through": THREE}, "method.pca.through: there is no such setting"),
        ({"name": "pcb"}, "method.name: choose one of 'codes', 'pca', 'plane', 'umap', 'tsne'"),
    ],
)
def test_a_setting_of_another_method_is_refused(wish: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        MapSpec.of(codes="codes-" + "0" * 24, method=wish)


def test_a_sample_that_is_not_laid_out_is_a_sentence(a_store: Store) -> None:
    spec = MapSpec(codes=codes_in(a_store, BLOBS), method=PlaneSpec(through=(4, 50, 5000)))
    with pytest.raises(JobError, match="#5000 is not among the 120 samples"):
        finish(a_store, a_store.create(spec).key)


def test_the_three_of_a_run_are_decoded_as_they_are_reconstructed(a_store: Store) -> None:
    run = aecore.train("undercomplete", "digits", n_epochs=1, store=a_store)
    found = aecore.latent_map(run, "plane", store=a_store, through=(3, 7, 12))
    places = [int(np.flatnonzero(found.codes.rows == row)[0]) for row in (3, 7, 12)]
    z = inverse_of(found).codes_at(found.positions[places])
    x = aecore.load("digits", store=a_store).x[[3, 7, 12]]
    assert np.abs(run.decode(z).astype(int) - run.reconstruct(x)).max() <= 1
