"""Accuracy over the number of labels: what a slow way finds, draw by draw."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KNeighborsClassifier

from aecore.metrics.clusters import agreement, kmeans, kmeans_agreement
from aecore.metrics.features import labelled_rows, standardized, standardizer
from aecore.metrics.label_curve import LabelCurve, possible, reading

NUMBERS, N_DRAWS = (10, 60), 2


def read(features, labels, train, test):
    steps = reading(features, labels, train, test, NUMBERS, n_draws=N_DRAWS, seed=5)
    n_steps = 0
    while True:
        try:
            next(steps)
            n_steps += 1
        except StopIteration as end:
            assert n_steps == len(NUMBERS) * N_DRAWS
            return end.value


def test_every_draw_is_what_scikit_learn_finds_with_those_labels(digits):
    flat = digits.x.reshape(len(digits), -1) / 255.0
    train, test = digits.parts["train"], digits.parts["test"]
    found = read(lambda rows: flat[rows], digits.labels, train, test)
    for i, n in enumerate(NUMBERS):
        for draw in range(N_DRAWS):
            rows = train[labelled_rows(digits.labels[train], n, seed=5 + draw)]
            k = min(5, n // 10)
            slow = (
                KNeighborsClassifier(k).fit(flat[rows], digits.labels[rows]),
                LogisticRegression(max_iter=2000).fit(flat[rows], digits.labels[rows]),
            )
            knn, probe = (told.score(flat[test], digits.labels[test]) for told in slow)
            assert found["knn"].accuracy[i, draw] == pytest.approx(knn, abs=0.01)
            assert found["probe"].accuracy[i, draw] == pytest.approx(probe, abs=0.01)
    assert (found["probe"].mean[1] > found["probe"].mean[0] + 0.1).all()


def test_labels_that_mean_nothing_are_told_by_chance(digits):
    flat = digits.x.reshape(len(digits), -1) / 255.0
    muddled = np.random.default_rng(0).permutation(digits.labels)
    found = read(lambda rows: flat[rows], muddled, digits.parts["train"], digits.parts["test"])
    for curve in found.values():
        assert curve.mean == pytest.approx(0.1, abs=0.06)


def test_mean_worst_and_best_are_over_the_draws_and_differences_are_of_the_same_labels():
    ours = LabelCurve((10, 20), np.array([[0.2, 0.6, 0.4], [0.5, 0.5, 0.5]]))
    theirs = LabelCurve((5, 10, 20), np.array([[0.0, 0.0], [0.3, 0.5], [0.5, 0.4]]))
    assert ours.mean.tolist() == pytest.approx([0.4, 0.5])
    assert ours.low.tolist() == [0.2, 0.5]
    assert ours.high.tolist() == [0.6, 0.5]
    apart = ours.minus(theirs)
    assert apart.n_labels == (10, 20)
    assert apart.accuracy.ravel().tolist() == pytest.approx([-0.1, 0.1, 0.0, 0.1])
    assert ours.n_ahead(theirs, 10) == 1
    assert ours.n_ahead(ours, 20) == 0


def test_numbers_of_labels_are_those_that_there_are():
    labels = np.repeat([0, 1, 2, -1], [40, 30, 3, 100])
    assert possible((1000, 73, 10, 10), labels) == (10, 73)
    assert possible((10, 73), labels, n_each=3) == (10, 73)
    assert possible((4, 6, 73), labels, n_each=2) == (6, 73)
    assert possible((10, 73), labels, n_each=4) == ()
    assert possible((10,), np.full(20, -1)) == ()
    rows = labelled_rows(labels, 6, seed=3)
    assert np.bincount(labels[rows]).min() == 2


def test_what_standardizes_one_sample_after_the_other_does_so_with_all_at_once():
    x = np.random.default_rng(1).normal(3, [1, 20, 0], (50, 3))
    for each in (True, False):
        apart = np.concatenate([standardizer(x, each=each)(row[None]) for row in x])
        assert apart == pytest.approx(standardized(x, each=each)[0])


def test_groups_lie_where_the_samples_do_and_their_nearest_come_first():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 30)
    z = np.array([[0, 0], [9, 0], [0, 9]])[labels] + random.normal(size=(90, 2))
    found = kmeans(z, 3, seed=1)
    assert found.n_clusters == 3
    assert agreement(found.assigned, labels).ari == adjusted_rand_score(labels, found.assigned) == 1
    for group in range(3):
        inside = np.flatnonzero(found.assigned == group)
        centre = z[inside].mean(0)
        apart = np.linalg.norm(z[inside] - centre, axis=1)
        assert found.distance[inside] == pytest.approx(apart)
        assert found.nearest(group, 4).tolist() == inside[np.argsort(apart)[:4]].tolist()
        assert len(found.nearest(group, 1000)) == len(inside)
    assert kmeans_agreement(z, labels, seed=1) == agreement(found.assigned, labels)
