"""What is alike: exact neighbours in three spaces, judged by class, and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import aecore
from aecore.errors import DataError, SpecError
from aecore.metrics.features import standardized
from aecore.studies.similar.search import SPACES, SimilarSamples
from aecore.studies.similar.study import N_BITS, similar_spec
from aecore.units.units import activations, layer_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return aecore.Store(tmp_path_factory.mktemp("similar"))


@pytest.fixture(scope="module")
def run(store):
    return aecore.train("undercomplete", "digits", n_epochs=10, store=store)


@pytest.fixture(scope="module")
def samples(store):
    return aecore.load("digits", store=store)


@pytest.fixture(scope="module")
def search(run, samples):
    return SimilarSamples(run, samples)


@pytest.mark.parametrize("space", SPACES)
def test_a_sample_finds_itself_first_and_then_its_class(search, samples, space):
    rows = samples.parts["test"][:30]
    found = search.nearest(samples.x[rows], 4, space)
    assert np.array_equal(found.rows[:, 0], rows)
    assert (np.diff(found.distance, axis=1) >= 0).all()
    same = samples.labels[found.rows[:, 1:]] == samples.labels[rows][:, None]
    assert same.mean() > 0.8


def test_codes_are_searched_as_by_a_slow_loop(search, run, samples):
    z = run.encode(samples.x)
    asked = run.encode(samples.x[:1])[0]
    expected = np.argsort([np.linalg.norm(asked - each) for each in z])[:5]
    assert np.array_equal(search.nearest(samples.x[:1], 5).rows[0], expected)


def test_mahalanobis_does_not_ask_how_large_a_number_of_the_code_is(run, samples):
    found = SimilarSamples(run, samples, "mahalanobis")
    near = found.nearest(samples.x[:20], 3)
    (z,) = standardized(run.encode(samples.x))
    assert np.isfinite(near.distance).all()
    assert z.shape[1] == run.n_dims
    with pytest.raises(DataError, match="no layer 'layer-9'"):
        SimilarSamples(run, samples, layer="layer-9")
    with pytest.raises(SpecError, match="no measure 'taxi'"):
        SimilarSamples(run, samples, "taxi")


def test_judged_by_class_codes_are_far_above_chance_and_bits_near_codes(search):
    code = search.judged()
    assert code.precision.low > 0.7
    assert code.chance == pytest.approx(0.1, abs=0.02)
    few, many = search.judged_bits(8), search.judged_bits(128)
    assert few.precision.mean < many.precision.mean
    assert many.precision.mean > 0.85 * code.precision.mean


def test_copies_are_found_and_nothing_else(run, samples):
    x = samples.x.copy()
    x[10], x[700] = x[300], np.clip(x[701].astype(int) + 1, 0, 255)
    found = SimilarSamples(run, replace(samples, x=x)).duplicates(0.01)
    assert found.pairs.tolist() == [[10, 300], [700, 701]]
    assert found.difference[0] == 0
    assert found.difference[1] == pytest.approx(1 / 255, rel=0.5)
    assert found.within(0.001).pairs.tolist() == [[10, 300]]


def test_without_labels_nothing_is_judged(run, samples):
    assert SimilarSamples(run, replace(samples, labels=None)).judged() is None


def test_cosine_ignores_how_bright_a_picture_is(run, samples):
    bright = samples.x[:20] // 2 * 2
    near = SimilarSamples(run, samples, "cosine").nearest(bright // 2, 1, "pixels")
    assert np.array_equal(near.rows[:, 0], np.arange(20))


def test_a_hidden_layer_is_searched_as_its_activations_say(run, samples):
    search = SimilarSamples(run, samples, layer="layer-1")
    h = activations(run, samples.x, layer_of(run, "layer-1"), over="mean")
    expected = np.argsort(np.linalg.norm(h - h[3], axis=1), kind="stable")[:5]
    assert np.array_equal(search.nearest(samples.x[3:4], 5).rows[0], expected)


def test_bits_find_the_sample_itself_and_mostly_what_the_codes_find(search, samples):
    x = samples.x[samples.parts["test"][:30]]
    near = search.nearest_by_bits(x, 10, 128)
    assert (near.distance[:, 0] == 0).all()
    by_code = search.nearest(x, 10).rows
    shared = [len(np.intersect1d(*pair)) for pair in zip(near.rows, by_code, strict=True)]
    assert np.mean(shared) > 5


def test_the_study_tells_what_the_search_finds_and_opens_without_computing(run, samples, store):
    found = aecore.similar_samples(run, store=store)
    search = SimilarSamples(run, samples)
    assert found.recall == 1
    assert found.why_not == ""
    for space in SPACES:
        assert np.array_equal(found.judged[space].averages, search.judged(space).averages)
    assert set(found.bits["itq"]) == set(N_BITS)
    enough = found.n_bits_enough
    assert enough is None or found.bits["itq"][enough].precision.mean >= (
        0.97 * found.judged["code"].precision.mean
    )
    state = store.artifact(similar_spec(run).key).state
    assert aecore.similar_samples(run.key, store=store).recall == 1
    assert store.artifact(similar_spec(run).key).state == state


def test_without_classes_the_study_says_why_nothing_is_judged(tmp_path, samples):
    store = aecore.Store(tmp_path)
    run = aecore.train("linear", samples.x[:200], n_epochs=1, store=store)
    found = aecore.similar_samples(run, store=store)
    assert found.judged == {}
    assert "no classes" in found.why_not
    assert found.n_bits_enough is None
