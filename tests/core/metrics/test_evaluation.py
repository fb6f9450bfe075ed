"""Scores of a run beside PCA's, and codes as features."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

import aecore
from aecore.data.samples import SampleSet, split
from aecore.errors import TooFewSamplesError
from aecore.metrics.evaluation import PCABaseline, evaluate, evaluation_of, rows_of
from aecore.metrics.features import knn_accuracy


def test_the_baseline_is_scikit_learns_pca(digits):
    x = digits.x[digits.parts["test"]]
    flat = digits.scaled(digits.parts["train"]).reshape(-1, 64)
    pca = PCA(5).fit(flat)
    expected = pca.inverse_transform(pca.transform(x.reshape(-1, 64) / 255.0)).reshape(x.shape)
    found = PCABaseline(digits, 5).reconstruct(x)
    assert np.abs(found - np.clip(expected, 0, 1) * 255).max() <= 0.51


def test_scores_are_of_held_out_samples_and_kept_with_the_run(a_store):
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
        assert np.array_equal(getattr(again, name), values)


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
