"""Scores of a run beside PCA's, and codes as features."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

import aecore
from aecore.claims import claim
from aecore.data.samples import SampleSet, split
from aecore.errors import TooFewSamplesError
from aecore.metrics.features import knn_accuracy
from aecore.models.autoencoder import new_model
from aecore.specs.studies import EvaluationSpec
from aecore.studies.evaluation import PCABaseline, evaluate, evaluation_of, rows_of


def test_the_baseline_is_scikit_learns_pca(digits):
    x = digits.x[digits.parts["test"]]
    flat = digits.scaled(digits.parts["train"]).reshape(-1, 64)
    pca = PCA(5).fit(flat)
    expected = pca.inverse_transform(pca.transform(x.reshape(-1, 64) / 255.0)).reshape(x.shape)
    found = PCABaseline(digits, 5).reconstruct(x)
    assert np.abs(found - np.clip(expected, 0, 1) * 255).max() <= 0.51


def test_scores_are_of_held_out_samples_and_kept(a_store):
    run = aecore.train("undercomplete", "digits", n_epochs=2, store=a_store)
    samples = aecore.load("digits", store=a_store)
    found = evaluation_of(a_store, run, samples)
    assert np.array_equal(found.rows, np.sort(samples.parts["test"]))
    x = samples.x[found.rows] / 255.0
    x_hat = run.reconstruct(samples.x[found.rows]) / 255.0
    assert found.mse == pytest.approx(((x - x_hat) ** 2).mean((1, 2, 3)))
    assert found.means()["pca_mse"] < found.means()["mse"]  # two epochs do not beat PCA
    again = evaluation_of(a_store, run, samples)
    for name, values in vars(evaluate(run, samples)).items():
        assert np.array_equal(getattr(again, name), values, equal_nan=True)


def test_scores_are_kept_under_a_key_of_their_own(a_store, monkeypatch):
    run = aecore.train("undercomplete", "digits", n_epochs=2, store=a_store)
    samples = aecore.load("digits", store=a_store)
    before = sorted(path.name for path in a_store.artifact(run.key).path.iterdir())
    spec = EvaluationSpec(run=run.key, epochs=run.epochs)
    held = claim(a_store, spec.key)
    found = evaluation_of(a_store, run, samples)
    assert not a_store.artifact(spec.key).has("evaluation.npy")  # another has the claim
    held.release()
    evaluation_of(a_store, run, samples)
    assert a_store.artifact(spec.key).state.status == "done"
    assert a_store.artifact(spec.key).spec == spec
    assert sorted(path.name for path in a_store.artifact(run.key).path.iterdir()) == before
    other = replace(run, epochs=run.epochs + 1, model=new_model(run.spec, run.shape).eval())
    untrained = evaluation_of(a_store, other, samples)
    assert untrained.means()["mse"] > found.means()["mse"]
    again = evaluation_of(a_store, run, samples)
    assert np.array_equal(again.mse, found.mse)
    monkeypatch.setattr(EvaluationSpec, "version", EvaluationSpec.version + 1)
    evaluation_of(a_store, run, samples)
    assert len(a_store.keys("evaluation")) == 3


def test_a_part_without_samples_leaves_nothing_behind(a_store):
    run = aecore.train("undercomplete", "digits", n_epochs=1, store=a_store)
    samples = aecore.load("digits", store=a_store)
    empty = replace(samples, parts={**samples.parts, "val": np.empty(0, np.int64)})
    with pytest.raises(TooFewSamplesError, match="val"):
        evaluation_of(a_store, run, empty, "val")
    assert a_store.keys("evaluation") == []


def test_samples_that_are_all_alike_are_scored_without_a_complaint():
    x = np.full((40, 1, 8, 8), 77, np.uint8)
    alike = SampleSet(x, split(40, val_fraction=0.1, test_fraction=0.1, seed=0))
    assert np.array_equal(PCABaseline(alike, 4).reconstruct(x[:3]), x[:3])


def test_many_samples_are_drawn_once_and_no_sample_is_an_error(digits):
    assert np.array_equal(rows_of(digits, "train", 50), rows_of(digits, "train", 50))
    assert len(set(rows_of(digits, "train", 50).tolist())) == 50
    empty = aecore.SampleSet(digits.x, {**digits.parts, "val": np.empty(0, np.int64)})
    with pytest.raises(TooFewSamplesError, match="val"):
        rows_of(empty, "val")


def test_neighbours_tell_classes_that_lie_apart_and_guess_where_they_do_not():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 200)
    apart = rng.normal(size=(400, 3)) + 10 * labels[:, None]
    mixed = rng.normal(size=(400, 3))
    assert knn_accuracy(apart[::2], labels[::2], apart[1::2], labels[1::2]) == 1.0
    assert 0.35 < knn_accuracy(mixed[::2], labels[::2], mixed[1::2], labels[1::2]) < 0.65
    with pytest.raises(TooFewSamplesError):
        knn_accuracy(apart, np.full(400, -1), apart, labels)
