"""What is alike: exact neighbours in three spaces, judged by class, and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import aecore
from aecore.errors import SpecError
from aecore.metrics.features import standardized
from aecore.studies.similar import SPACES, SimilarSamples

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
    assert found[0].tolist() in ([10, 300], [700, 701])
    assert {tuple(pair) for pair in found.tolist()} == {(10, 300), (700, 701)}


def test_without_labels_nothing_is_judged(run, samples):
    assert SimilarSamples(run, replace(samples, labels=None)).judged() is None
