"""The nearest training picture: a copy is found to be one, whatever was done to it."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.data import shipped
from aecore.data.samples import SampleSet, split
from aecore.errors import DataError, TooFewSamplesError
from aecore.studies.feature_space import features_28
from aecore.studies.nearest import COPY_BELOW, NearestPictures


@pytest.fixture(scope="module")
def mnist() -> SampleSet:
    """The 5,000 digits that ship."""
    raw = shipped.mnist_5k()
    parts = split(len(raw.x), val_fraction=0.1, test_fraction=0.1, seed=0)
    return SampleSet(raw.x, parts, raw.labels, raw.label_names)


@pytest.fixture(scope="module")
def finder(mnist: SampleSet) -> NearestPictures:
    return NearestPictures(mnist)


def test_a_training_picture_is_its_own_nearest_and_a_copy(mnist, finder):
    rows = mnist.parts["train"][:50]
    found = finder.of(mnist.x[rows])
    assert np.array_equal(found.rows, rows)
    assert found.ratio.max() < 0.05
    assert found.is_copy.all()


def test_a_copy_with_a_little_noise_is_still_a_copy_and_held_out_pictures_are_none(mnist, finder):
    rows = mnist.parts["train"][:100]
    noise = np.random.default_rng(0).normal(0, 8, (100, 1, 28, 28))
    noisy = np.clip(mnist.x[rows] + noise, 0, 255).astype(np.uint8)
    found = finder.of(noisy)
    assert (found.rows == rows).mean() > 0.95
    assert found.is_copy.mean() > 0.9
    new = finder.of(mnist.x[mnist.parts["test"]])
    assert new.is_copy.mean() < 0.1
    assert np.median(new.ratio) == pytest.approx(1.0, abs=0.2)


def test_the_nearest_is_the_nearest_in_the_features_by_a_slow_search(mnist, finder):
    space = features_28()
    train = mnist.parts["train"]
    of_train = space.features(mnist.x[train]).astype(np.float64)
    asked = mnist.x[mnist.parts["test"][:20]]
    found = finder.of(asked)
    for i, point in enumerate(space.features(asked).astype(np.float64)):
        away = np.sqrt(((of_train - point) ** 2).sum(1))
        assert found.rows[i] == train[away.argmin()]
        assert found.ratio[i] == pytest.approx(away.min() / finder.typical, rel=1e-3)


def test_the_unit_is_the_median_distance_between_real_neighbours(mnist):
    train = mnist.parts["train"][:300]
    few = NearestPictures(SampleSet(mnist.x, {**mnist.parts, "train": train}))
    features = features_28().features(mnist.x[train]).astype(np.float64)
    away = np.sqrt(((features[:, None] - features[None]) ** 2).sum(2))
    np.fill_diagonal(away, np.inf)
    assert few.typical == pytest.approx(np.median(away.min(1)), rel=1e-3)


def test_the_search_is_bounded(mnist):
    finder = NearestPictures(mnist, n_max=200)
    found = finder.of(mnist.x[mnist.parts["train"]])
    assert len(np.unique(found.rows)) == 200
    assert np.isin(found.rows, mnist.parts["train"]).all()


def test_pictures_all_alike_are_no_unit_of_distance(mnist):
    x = np.concatenate([np.repeat(mnist.x[:1], 10, 0), mnist.x[4000:4001]])
    parts = {"train": np.arange(10), "val": np.empty(0, int), "test": np.empty(0, int)}
    found = NearestPictures(SampleSet(x, parts)).of(x)
    assert np.array_equal(found.ratio[:10], np.ones(10))
    assert np.isinf(found.ratio[10])
    assert COPY_BELOW < 1


def test_too_few_pictures_and_rows_of_a_table_are_told(mnist):
    parts = {"train": np.arange(2), "val": np.arange(2, 3), "test": np.arange(3, 4)}
    with pytest.raises(TooFewSamplesError):
        NearestPictures(SampleSet(mnist.x, parts))
    rows = SampleSet(np.zeros((9, 4), np.float32), {**parts, "train": np.arange(9)})
    with pytest.raises(DataError, match="no pictures"):
        NearestPictures(rows)
