"""Codes of a run: which samples, what of each, and the cases that end in a sentence."""

from __future__ import annotations

import numpy as np
import pytest

import aecore
from aecore.api.lab import finish
from aecore.data.samples import PARTS
from aecore.errors import DataError, JobError
from aecore.latent.codes import codes_spec, compute, drawn, load_codes
from aecore.metrics.pictures import mse
from aecore.specs.studies import CodesSpec


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> aecore.Store:
    return aecore.Store(tmp_path_factory.mktemp("codes"))


@pytest.fixture(scope="module")
def run(store):
    return aecore.train("vae", "digits", n_epochs=2, store=store)


def codes_of(store, run, **settings):
    artifact = store.create(codes_spec(run, **settings))
    finish(store, artifact.key)
    return load_codes(artifact)


def test_codes_are_what_the_open_run_says_of_every_sample(store, run):
    samples = aecore.load("digits", store=store)
    found = codes_of(store, run)
    assert (found.run, found.epochs, len(found)) == (run.key, 2, len(samples))
    x = np.asarray(samples.x)[found.rows]
    assert found.z == pytest.approx(run.encode(x), abs=1e-5)
    assert found.error == pytest.approx(mse(x, run.reconstruct(x)), rel=1e-3)
    assert found.logvar is not None
    assert found.logvar.shape == found.z.shape
    assert np.ptp(found.logvar) > 0
    for index, part in enumerate(PARTS):
        assert np.array_equal(found.rows[found.part == index], np.sort(samples.parts[part]))


def test_a_plain_code_has_no_variance(store):
    plain = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    assert codes_of(store, plain).logvar is None


def test_few_samples_are_drawn_by_the_seed_from_each_part_by_its_share(store, run):
    found = codes_of(store, run, n_max=200)
    shares = np.bincount(found.part, minlength=3) / 200
    whole = aecore.load("digits", store=store)
    for index, part in enumerate(PARTS):
        assert shares[index] == pytest.approx(len(whole.parts[part]) / len(whole), abs=0.01)
    assert len(set(found.rows.tolist())) == 200
    parts = whole.parts
    assert np.array_equal(drawn(parts, 200, 0)[0], found.rows)
    assert not np.array_equal(drawn(parts, 200, 1)[0], found.rows)


def test_an_empty_part_is_no_problem():
    parts = {"train": np.arange(10), "val": np.empty(0, np.int64), "test": np.array([10, 11])}
    rows, part = drawn(parts, 6, seed=0)
    assert len(rows) == 6
    assert np.bincount(part, minlength=3).tolist() == [5, 0, 1]


def test_codes_of_weights_that_are_no_more_are_refused_with_a_sentence(store, run):
    asked = store.create(CodesSpec(run=run.key, epochs=1))
    with pytest.raises(JobError, match="epoch 1 of the run, which stands at epoch 2"):
        finish(store, asked.key)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_codes_that_are_not_finite_are_a_sentence(a_store, monkeypatch, value):
    run = aecore.train("undercomplete", "digits", n_epochs=1, store=a_store)
    run.model.code.z.bias.fill_(value)
    spec = codes_spec(run)
    artifact = a_store.create(spec)
    with pytest.raises(DataError, match="not finite numbers: its weights have diverged"):
        list(compute(spec, artifact, a_store))
    assert not artifact.has("codes.json")
