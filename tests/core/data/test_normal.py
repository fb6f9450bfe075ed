"""Training on normal samples only: which sample is in which part."""

from __future__ import annotations

import numpy as np
import pytest

import aecore
from aecore.data.normal import normal_only
from aecore.data.samples import split
from aecore.data.sources import Raw
from aecore.errors import DataError, TooFewSamplesError
from aecore.specs.data import DataSpec


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return aecore.Store(tmp_path_factory.mktemp("normal"))


def raw(labels, **more):
    x = np.zeros((len(labels), 1, 2, 2), np.uint8)
    return Raw(x, np.array(labels), ("cat", "dog"), **more)


def test_no_class_named_is_the_same_data_under_the_same_key():
    assert DataSpec(normal=()).key == DataSpec().key
    assert DataSpec(normal=("3",)).key != DataSpec().key


def test_anomalies_are_in_the_test_part_alone(store):
    whole = aecore.load("digits", store=store)
    digits = aecore.load("digits", store=store, normal=("3", "5"))
    assert np.array_equal(digits.x, whole.x)
    is_normal = np.isin(digits.labels, [3, 5])
    for part in ("train", "val"):
        rows = whole.parts[part]
        assert np.array_equal(digits.parts[part], rows[is_normal[rows]])
    every = np.sort(np.concatenate(list(digits.parts.values())))
    assert np.array_equal(every, np.arange(len(digits)))


def test_a_test_part_that_came_with_the_set_stays_as_it_is():
    labels, is_test = np.tile([0, 1], 20), np.arange(40) >= 30
    parts = {"train": np.arange(25), "val": np.arange(25, 30), "test": np.arange(30, 40)}
    found = normal_only(parts, raw(labels, is_test=is_test), ("cat",))
    assert found["test"].tolist() == list(range(30, 40))
    assert set(labels[found["train"]]) == {0}


def test_samples_without_a_label_are_not_learnt_from():
    labels = np.r_[np.zeros(20, int), -np.ones(20, int)]
    parts = split(40, val_fraction=0.2, test_fraction=0.2, seed=0)
    found = normal_only(parts, raw(labels), ("cat",))
    assert set(labels[found["train"]]) == {0}
    assert np.isin(np.flatnonzero(labels < 0), found["test"]).all()


def test_bad_names_are_told_in_a_sentence():
    parts = {"train": np.arange(3), "val": np.array([3]), "test": np.array([4])}
    with pytest.raises(DataError, match="There is no class 'cow'") as problem:
        normal_only(parts, raw([0, 0, 0, 0, 1]), ("cow",))
    assert problem.value.hint == "Classes: cat, dog."
    with pytest.raises(TooFewSamplesError, match="1 normal sample left to train on"):
        normal_only(parts, raw([0, 1, 1, 1, 1]), ("cat",))
    with pytest.raises(TooFewSamplesError, match="No normal samples left to train on"):
        normal_only(parts, raw([1, 1, 1, 1, 0]), ("cat",))
    unlabelled = Raw(np.zeros((5, 1, 2, 2), np.uint8))
    with pytest.raises(DataError, match="There is no class 'cat'") as problem:
        normal_only(parts, unlabelled, ("cat",))
    assert "no labels" in problem.value.hint
