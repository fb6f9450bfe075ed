"""Sample sets: parts, scaling, and the way to disk and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aecore.artifact import Artifact
from aecore.data.samples import SampleSet, load_samples, save_samples, split, standardized
from aecore.errors import ArtifactMissingError, TooFewSamplesError


def test_parts_are_fixed_by_the_seed_and_share_nothing() -> None:
    parts = split(100, val_fraction=0.1, test_fraction=0.2, seed=3)
    same = split(100, val_fraction=0.1, test_fraction=0.2, seed=3)
    other = split(100, val_fraction=0.1, test_fraction=0.2, seed=4)
    assert [len(parts[part]) for part in ("train", "val", "test")] == [70, 10, 20]
    assert sorted(np.concatenate(list(parts.values()))) == list(range(100))
    np.testing.assert_array_equal(parts["train"], same["train"])
    assert (parts["train"] != other["train"]).any()


@pytest.mark.parametrize("n_samples", [0, 1, 2, 3])
def test_too_few_to_train_on_is_said(n_samples: int) -> None:
    with pytest.raises(TooFewSamplesError, match=f"{n_samples} sample"):
        split(n_samples, val_fraction=0.1, test_fraction=0.1, seed=0)


def test_standardized_pictures_have_mean_0_and_deviation_1_in_training() -> None:
    x = np.random.default_rng(0).integers(0, 200, (3000, 3, 8, 8), dtype=np.uint8)
    x[:, 2] //= 4
    parts = split(3000, val_fraction=0.1, test_fraction=0.1, seed=0)
    samples = standardized(SampleSet(x=x, parts=parts))
    seen = samples.scaled(parts["train"]).astype(np.float64)
    np.testing.assert_allclose(seen.mean((0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(seen.std((0, 2, 3)), 1, atol=1e-5)
    plain = x[parts["train"]] / 255
    np.testing.assert_allclose(samples.offset.ravel(), plain.mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(samples.spread.ravel(), plain.std((0, 2, 3)), rtol=1e-6)
    assert samples.offset.shape == (3, 1, 1)
    np.testing.assert_array_equal(samples.to_display(samples.scaled(slice(5))), x[:5])


def test_standardized_rows_leave_a_constant_feature_finite() -> None:
    rows = np.random.default_rng(0).normal(5, 2, (50, 3)).astype(np.float32)
    rows[:, 1] = 4
    parts = split(50, val_fraction=0.1, test_fraction=0.1, seed=0)
    seen = standardized(SampleSet(x=rows, parts=parts)).scaled(parts["train"])
    np.testing.assert_allclose(seen.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(seen.std(0), [1, 0, 1], atol=1e-5)


def test_rows_go_to_disk_and_come_back(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
    parts = split(20, val_fraction=0.2, test_fraction=0.2, seed=0)
    samples = standardized(SampleSet(x=rows, parts=parts, names=tuple("abcdefghijklmnopqrst")))
    artifact = Artifact(tmp_path)
    with pytest.raises(ArtifactMissingError):
        load_samples(artifact)
    save_samples(artifact, samples)
    again = load_samples(artifact)
    assert not again.is_pictures
    assert again.shape == (5,)
    assert again.labels is None
    assert again.names == samples.names
    np.testing.assert_array_equal(again.x, rows)
    np.testing.assert_array_equal(again.scaled(slice(None)), samples.scaled(slice(None)))
    for part, indices in parts.items():
        np.testing.assert_array_equal(again.parts[part], indices)


def test_pictures_with_labels_and_factors_come_back(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (10, 1, 4, 4), dtype=np.uint8)
    samples = SampleSet(
        x=x,
        parts=split(10, val_fraction=0.2, test_fraction=0.2, seed=0),
        labels=np.arange(10) - 1,
        label_names=tuple("abcdefghi"),
        factors={"turn": np.linspace(0, 1, 10, dtype=np.float32)},
        title="ten",
    )
    save_samples(Artifact(tmp_path), samples)
    again = load_samples(Artifact(tmp_path))
    np.testing.assert_array_equal(again.x, x)
    np.testing.assert_array_equal(again.labels, samples.labels)
    np.testing.assert_array_equal(again.factors["turn"], samples.factors["turn"])
    assert (again.title, again.label_names) == ("ten", samples.label_names)
