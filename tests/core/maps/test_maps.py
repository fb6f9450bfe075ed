"""Maps of codes: by identity, by permutation, and where a sentence takes their place."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pytest
import sklearn.decomposition
import sklearn.manifold

from aecore.api.lab import finish
from aecore.artifact import Artifact
from aecore.errors import DataError, JobError, SpecError
from aecore.jobs.perform import perform
from aecore.maps.latent_map import LatentMap, compute, lay_out, load_map, place
from aecore.maps.layouts.aside import aside
from aecore.maps.layouts.layout import Distinct
from aecore.specs.data import DataSpec
from aecore.specs.maps import MapSpec, TsneSpec, UmapSpec
from aecore.specs.run import RunSpec
from aecore.specs.studies import CodesSpec
from aecore.store import Store

METHODS = ("codes", "pca", "umap", "tsne")
RNG = np.random.default_rng(0)
BLOBS = np.concatenate([RNG.normal(c, 0.3, (40, 5)) for c in (0, 3, 6)]).astype(np.float32)


def codes_in(store: Store, z: np.ndarray, seed: int = 0) -> str:
    """Key of codes with these values, as if a run had given them."""
    run = store.create(RunSpec(data=store.create(DataSpec()).key)).key
    spec = CodesSpec(run=run, epochs=1, seed=seed)
    artifact = Artifact(store.artifacts / spec.key)
    n = len(z)
    artifact.write_json("spec.json", {"kind": "codes", "spec": spec.model_dump(mode="json")})
    artifact.write_array("rows.npy", np.arange(n))
    artifact.write_array("z.npy", np.asarray(z, np.float32))
    artifact.write_array("error.npy", np.zeros(n, np.float32))
    artifact.write_array("part.npy", np.zeros(n, np.int8))
    artifact.write_json("codes.json", {"run": run, "epochs": 1, "has_logvar": False})
    artifact.set_state(status="done")
    return spec.key


def map_of(store: Store, z: np.ndarray, method: str, seed_of_codes: int = 0, **more) -> LatentMap:
    spec = MapSpec.of(codes=codes_in(store, z, seed_of_codes), method={"name": method, **more})
    artifact = store.create(spec)
    for _ in compute(spec, artifact, store):
        pass
    return load_map(store, spec.key)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_components", [2, 3])
def test_permuted_samples_give_the_permuted_map(a_store, method, n_components):
    order = np.random.default_rng(1).permutation(len(BLOBS))
    one = map_of(a_store, BLOBS, method, n_components=n_components)
    other = map_of(a_store, BLOBS[order], method, 1, n_components=n_components)
    assert np.array_equal(one.positions[order], other.positions)
    assert one.positions.shape == (120, n_components)
    assert one.trustworthiness == pytest.approx(other.trustworthiness, abs=1e-12)
    assert len(one.axes) == n_components


@pytest.mark.slow
@pytest.mark.parametrize("method", [UmapSpec, TsneSpec])
def test_the_seed_decides_the_map(method):
    distinct = Distinct.of(BLOBS)

    def positions(seed: int) -> np.ndarray:
        layout = lay_out(distinct, method(seed=seed))
        while True:
            try:
                next(layout)
            except StopIteration as end:
                return end.value.positions

    first, same, other = positions(0), positions(0), positions(1)
    assert np.array_equal(first, same)
    assert not np.allclose(first, other)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_groups_that_lie_apart_lie_apart_on_the_map(a_store, method):
    found = map_of(a_store, BLOBS, method)
    labels = np.repeat([0, 1, 2], 40)
    squared = ((found.positions[:, None] - found.positions) ** 2).sum(2)
    np.fill_diagonal(squared, np.inf)
    assert (labels[squared.argmin(1)] == labels).all()
    expected = sklearn.manifold.trustworthiness(BLOBS, found.positions, n_neighbors=10)
    assert found.trustworthiness == pytest.approx(expected, abs=1e-6)
    assert (found.k, found.n_scored, found.note) == (10, 120, "")


def test_a_pca_map_is_scikit_learns_up_to_signs(a_store):
    found = map_of(a_store, BLOBS, "pca", n_components=3)
    pca = sklearn.decomposition.PCA(3).fit(BLOBS)
    assert np.abs(found.positions) == pytest.approx(np.abs(pca.transform(BLOBS)), abs=1e-3)
    share = pca.explained_variance_ratio_[0]
    assert found.axes[0] == f"component 1 ({share * 100:.1f} % of the variance)"


def test_a_map_of_the_codes_is_the_codes(a_store):
    found = map_of(a_store, BLOBS, "codes", dims=(4, 1))
    assert np.array_equal(found.positions, BLOBS[:, [4, 1]])
    assert found.axes == ("dimension 4", "dimension 1")
    wide = BLOBS * np.array([1, 9, 1, 4, 1], np.float32)
    assert np.array_equal(map_of(a_store, wide, "codes", 1).positions, wide[:, [1, 3]])
    with pytest.raises(SpecError, match="5 dimensions, counted from 0; there is no dimension 7"):
        map_of(a_store, BLOBS, "codes", dims=(7, 0))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_a_code_of_the_map_is_placed_on_its_point_and_no_point_moves(a_store, method):
    found = map_of(a_store, BLOBS, method)
    before = found.positions.copy()
    assert place(found, BLOBS[7:30]) == pytest.approx(found.positions[7:30], abs=1e-5)
    new = place(found, BLOBS[:1] + 0.01)
    assert np.linalg.norm(new - found.positions[0]) < 0.3 * found.positions.std(0).max()
    assert np.array_equal(before, load_map(a_store, found.key).positions)


def test_codes_that_do_not_fit_are_not_placed(a_store):
    found = map_of(a_store, BLOBS, "pca")
    with pytest.raises(DataError, match=r"\(m, 5\)"):
        place(found, np.zeros((1, 4)))
    with pytest.raises(DataError, match="do not fit this map"):
        place(found, np.full((1, 5), np.nan))


@pytest.mark.slow
@pytest.mark.parametrize("n_components", [2, 3])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 9])
def test_a_few_points_have_a_map_or_a_note(a_store, method, n, n_components):
    found = map_of(a_store, BLOBS[:n], method, n_components=n_components)
    assert np.isfinite(found.positions).all()
    assert found.positions.shape == (n, n_components)
    assert len(np.unique(found.positions, axis=0)) == n
    assert np.ptp(found.positions, axis=0).max() > 0.01 or n == 1, "they fell into one"
    assert (found.trustworthiness is None) == (n < 3)
    if method in ("umap", "tsne"):
        assert "needs more than" in found.note if n < 5 else f"Only {n} different" in found.note


@pytest.mark.parametrize("n_components", [2, 3])
@pytest.mark.parametrize("method", METHODS)
def test_codes_that_are_all_alike_are_one_point_and_a_note(a_store, method, n_components):
    found = map_of(a_store, np.full((50, 4), 0.7), method, n_components=n_components)
    assert (found.positions == found.positions[0]).all()
    assert "All samples have the same code" in found.note
    assert found.trustworthiness is found.continuity is None
    assert place(found, np.full((1, 4), 0.7)) == pytest.approx(found.positions[:1])


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("D", [1, 2])
def test_codes_of_one_or_two_dimensions_fill_three_axes_or_say_so(a_store, method, D):
    found = map_of(a_store, BLOBS[:, :D], method, n_components=3)
    assert np.isfinite(found.positions).all()
    if method in ("codes", "pca"):
        assert f"fill {'one dimension' if D == 1 else '2 dimensions'} only" in found.note
        assert not found.positions[:, D:].any()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["umap", "tsne"])
@pytest.mark.parametrize("scale", [1e-12, 1e18])
def test_the_scale_of_the_codes_does_not_matter(a_store, method, scale):
    found = map_of(a_store, BLOBS * np.float32(scale), method)
    assert np.isfinite(found.positions).all()
    assert found.trustworthiness > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_many_equal_codes_lie_on_one_point_each(a_store, method):
    z = np.repeat(BLOBS[:12], 30, axis=0)
    found = map_of(a_store, z, method)
    assert len(np.unique(found.positions, axis=0)) == 12
    assert np.ptp(found.positions, axis=0).min() > 0.1
    assert (found.positions[:30] == found.positions[0]).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("method", METHODS)
def test_codes_that_are_not_finite_are_a_sentence(a_store, method, value):
    z = BLOBS.copy()
    z[3, 2] = value
    with pytest.raises(DataError, match="not finite numbers, so there is no map"):
        map_of(a_store, z, method)


def test_a_problem_becomes_the_sentence_of_a_failed_job(a_store):
    z = BLOBS.copy()
    z[0, 0] = np.nan
    spec = MapSpec(codes=codes_in(a_store, z))
    with pytest.raises(JobError, match="no map of them"):
        finish(a_store, a_store.create(spec).key)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["umap", "tsne"])
def test_a_stop_ends_the_work_and_says_how_far_it_was(a_store, method):
    z = RNG.normal(size=(3000, 8)).astype(np.float32)
    spec = MapSpec.of(codes=codes_in(a_store, z), method={"name": method})
    seen = []

    def watch(key, progress):
        seen.append(progress)

    def stop() -> bool:
        return bool(seen) and seen[-1].phase.startswith("laying") and seen[-1].n_done > 0

    state = perform(a_store, a_store.create(spec).key, watch=watch, stop=stop)
    assert state.status == "stopped"
    assert 0 < seen[-1].n_done < seen[-1].n_total
    assert not [t for t in threading.enumerate() if t.name.startswith("laying")]
    again = MapSpec.of(codes=codes_in(a_store, BLOBS), method={"name": method})
    assert perform(a_store, a_store.create(again).key).status == "done"  # and holds up no other


def test_work_aside_passes_on_what_goes_wrong_and_what_it_returns():
    def broken(tell):
        raise ZeroDivisionError("in the thread")

    with pytest.raises(ZeroDivisionError, match="in the thread"):
        list(aside("working", broken))
    steps = aside("working", lambda tell: 42)
    with pytest.raises(StopIteration) as end:
        while True:
            next(steps)
    assert end.value.value == 42


@pytest.mark.slow
def test_the_same_warning_filters_hold_after_a_map(a_store):
    before = list(warnings.filters)
    map_of(a_store, BLOBS, "umap")
    assert warnings.filters == before


def test_distinct_codes_are_sorted_counted_and_found_again():
    z = np.array([[1, 0], [0.0, 2], [1, 0], [-0.0, 2]], np.float32)
    found = Distinct.of(z)
    assert found.z.tolist() == [[0, 2], [1, 0]]
    assert found.counts.tolist() == [2, 2]
    assert np.array_equal(found.z[found.index], z)
    assert found.mean == pytest.approx(z.mean(0))
    assert found.variances == pytest.approx(z.var(0))
