"""Classes told from features: labels drawn evenly, answers as a slow way gives them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from aecore.errors import TooFewSamplesError
from aecore.metrics import features
from aecore.metrics.features import (
    few_labels,
    knn_accuracy,
    knn_hits,
    labelled_rows,
    probe_hits,
    standardized,
)


@pytest.fixture(scope="module")
def flat(digits):
    x = digits.x.reshape(len(digits), -1) / 255.0
    train, test = digits.parts["train"], digits.parts["test"]
    return x[train], digits.labels[train], x[test], digits.labels[test]


def test_neighbours_vote_as_a_slow_loop_does(flat):
    train, labels, test, test_labels = (values[:200] for values in flat)
    hits = knn_hits(train, labels, test, test_labels, k=1)
    for i in range(len(test)):
        nearest = ((train - test[i]) ** 2).sum(1).argmin()
        assert hits[i] == (labels[nearest] == test_labels[i])
    assert knn_accuracy(train, labels, test, test_labels, k=1) == hits.mean()


def test_a_probe_of_many_pixels_answers_as_one_that_is_not_turned(flat):
    train, labels, test, test_labels = flat
    few = labelled_rows(labels, 40, seed=0)  # 40 samples of 64 pixels: the span is smaller
    (scaled, scaled_test) = standardized(train, test, each=False)
    slow = LogisticRegression(max_iter=1000).fit(scaled[few], labels[few])
    expected = slow.predict(scaled_test) == test_labels
    assert (
        np.mean(probe_hits(scaled[few], labels[few], scaled_test, test_labels) == expected) > 0.99
    )


def test_labels_are_drawn_evenly_and_alike_for_all_features():
    labels = np.repeat([0, 1, 2, -1], [500, 500, 3, 50])
    rows = labelled_rows(labels, 30, seed=4)
    assert np.bincount(labels[rows]).tolist() in ([13, 14, 3], [14, 13, 3])
    assert np.array_equal(rows, labelled_rows(labels, 30, seed=4))
    assert not np.array_equal(rows, labelled_rows(labels, 30, seed=5))
    assert len(labelled_rows(labels, 5000, seed=0)) == 1003
    assert len(np.unique(labels[labelled_rows(labels, 2, seed=0)])) == 2


def test_more_labels_tell_more(flat):
    found = few_labels(*flat, n_draws=2)
    assert found.n_labels == (10, 30, 100, 300, 1000)
    for method in ("knn", "probe"):
        accuracy = found.accuracy(method)
        assert accuracy[0] < 0.75
        assert accuracy[-1] > 0.92
        assert accuracy[0] < accuracy[2] < accuracy[4]


def test_labels_that_say_nothing_are_told_at_chance(flat):
    train, labels, test, test_labels = flat
    mixed = np.random.default_rng(0).permutation(labels)
    found = few_labels(train, mixed, test, test_labels, n_labels=(1000,), n_draws=2)
    assert found.accuracy("knn")[0] < 0.2
    assert found.accuracy("probe")[0] < 0.2


def test_samples_without_a_label_are_neither_learnt_from_nor_told(flat):
    train, labels, test, test_labels = flat
    hidden = np.where(np.arange(len(test)) < 10, -1, test_labels)
    some = np.where(np.arange(len(train)) % 2, labels, -1)
    for method in (knn_hits, probe_hits):
        hits = method(train, some, test, hidden)
        assert np.isnan(hits[:10]).all()
        assert np.array_equal(hits[10:], method(train[1::2], labels[1::2], test, test_labels)[10:])


def test_codes_are_scaled_by_dimension_and_pixels_all_alike():
    x = np.random.default_rng(0).normal(3, [1.0, 10.0, 0.0], (4000, 3))
    (each,) = standardized(x)
    assert each.std(0) == pytest.approx([1, 1, 0], abs=1e-9)
    (alike,) = standardized(x, each=False)
    assert alike.std(0) == pytest.approx(x.std(0) / np.sqrt((x.var(0)).mean()))


def test_good_features_need_fewer_labels_than_bad_ones(flat):
    train, labels, test, test_labels = flat
    noise = np.random.default_rng(0).normal(0, 1, (len(train) + len(test), 64))
    good = PCA(20, random_state=0).fit(train)
    found = few_labels(
        good.transform(train), labels, good.transform(test), test_labels, n_labels=(100,)
    )
    bad = few_labels(noise[: len(train)], labels, noise[len(train) :], test_labels, n_labels=(100,))
    assert found.accuracy("knn")[0] > 0.8
    assert bad.accuracy("knn")[0] < 0.2


def test_what_cannot_be_told_is_said(flat):
    train, _, test, test_labels = flat
    with pytest.raises(TooFewSamplesError):
        few_labels(train, np.full(len(train), -1), test, test_labels)
    with pytest.raises(TooFewSamplesError, match="two classes"):
        probe_hits(train, np.zeros(len(train), int), test, test_labels)
    assert features.N_LABELS[0] == 10
