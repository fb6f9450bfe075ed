"""The feature space that ships, and distances in it: real pictures near, made-up ones far."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from aecore.bench.science.train_features import train, write
from aecore.data import shipped
from aecore.data.samples import SampleSet, split
from aecore.errors import AecoreError, DataError, TooFewSamplesError
from aecore.metrics.frechet import frechet_distance
from aecore.studies import feature_space
from aecore.studies.feature_space import N_FEATURES, SPREAD, as_seen, features_28
from aecore.studies.sample_quality import GenerationScores, held_out, scores_of_pictures


@pytest.fixture(scope="module")
def mnist() -> SampleSet:
    """The 5,000 digits that ship."""
    raw = shipped.mnist_5k()
    parts = split(len(raw.x), val_fraction=0.1, test_fraction=0.1, seed=0)
    return SampleSet(raw.x, parts, raw.labels, raw.label_names)


# The space -----------------------------------------------------------------------------------


def test_the_shipped_classifier_names_digits_and_its_features_have_the_stated_spread(mnist):
    space = features_28()
    x, labels = mnist.x[::5], mnist.labels[::5]
    assert (space.digits(x) == labels).mean() > 0.99
    features = space.features(x)
    assert features.shape == (1000, N_FEATURES)
    assert features.var(0).sum() == pytest.approx(SPREAD, rel=0.1)
    upside_down = space.digits(x[:, :, ::-1].copy())
    assert (upside_down == labels).mean() < 0.6


def test_the_features_are_the_classifiers_penultimate_activations(mnist):
    space = features_28()
    model = space._model
    x = mnist.x[:3]
    told = torch.from_numpy(space.features(x)) / model.scale
    logits = model.judge(told)
    assert torch.allclose(logits, model(torch.from_numpy(x) / 255.0), atol=1e-4)
    assert told.min() >= 0


def test_colour_and_size_are_taken_off_before_the_classifier_looks(mnist):
    x = mnist.x[:8]
    same = as_seen(np.repeat(x, 3, 1))
    assert torch.allclose(same, as_seen(x), atol=1e-6)
    blue = np.zeros((1, 3, 28, 28), np.uint8)
    blue[:, 2] = 255
    assert as_seen(blue).mean().item() == pytest.approx(0.114, abs=1e-6)
    large = interpolate(torch.from_numpy(x).float(), (84, 84), mode="bilinear")
    space = features_28()
    told = space.digits(large.round().byte().numpy())
    assert np.array_equal(told, space.digits(x))


def test_rows_of_a_table_have_no_such_features():
    with pytest.raises(DataError, match="no pictures"):
        features_28().features(np.zeros((3, 64), np.float32))


def test_missing_weights_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(feature_space, "folder", lambda: tmp_path)
    features_28.cache_clear()
    try:
        with pytest.raises(AecoreError, match="missing"):
            features_28()
    finally:
        features_28.cache_clear()


def test_the_shipped_weights_are_small_halves_with_a_card():
    folder = feature_space.folder()
    assert (folder / "weights.safetensors").stat().st_size < 1_000_000
    card = " ".join((folder / "README.md").read_text().split())
    assert "Frechet distance in features-28" in card
    assert "98.92 % of MNIST's 10,000 test pictures are named rightly" in card


@pytest.mark.slow
def test_training_the_classifier_is_seeded_learns_and_can_be_shipped(mnist, tmp_path, monkeypatch):
    x, labels = mnist.x[::5], mnist.labels[::5]
    once, again = (train(x[:300], labels[:300], n_epochs=1).state_dict() for _ in range(2))
    for name, values in once.items():
        assert torch.equal(values, again[name])
    model = train(x, labels, n_epochs=8)
    space = feature_space.FeatureSpace(model)
    assert (space.digits(mnist.x[1::5]) == mnist.labels[1::5]).mean() > 0.75
    assert space.features(x).var(0).sum() == pytest.approx(SPREAD, rel=1e-3)
    write(model, tmp_path)
    monkeypatch.setattr(feature_space, "folder", lambda: tmp_path)
    features_28.cache_clear()
    try:
        opened = features_28()
        assert np.allclose(opened.features(x[:50]), space.features(x[:50]), atol=0.05)
    finally:
        features_28.cache_clear()


# The scores ----------------------------------------------------------------------------------


def _scored(mnist: SampleSet, cloud: np.ndarray) -> GenerationScores:
    halves = held_out(mnist, 500)
    return scores_of_pictures(halves, halves.others, cloud, {"prior": cloud})


def test_the_halves_are_held_out_of_one_size_and_share_no_picture(mnist):
    halves = held_out(mnist, 1000)
    assert len(halves.real) == len(halves.others) == 500
    rows = np.concatenate([mnist.parts["test"], mnist.parts["val"]])
    wanted = {picture.tobytes() for picture in mnist.x[rows]}
    real, others = ({p.tobytes() for p in half} for half in (halves.real, halves.others))
    assert real | others == wanted
    assert not real & others
    assert len(held_out(mnist, 100).real) == 100
    few = held_out(mnist, 100, seed=1)
    assert not np.array_equal(few.real, held_out(mnist, 100).real)
    assert np.array_equal(few.real, held_out(mnist, 100, seed=1).real)


def test_where_the_test_part_is_enough_the_validation_part_is_left_alone(mnist):
    parts = {**mnist.parts, "val": np.arange(3)}
    test = {picture.tobytes() for picture in mnist.x[mnist.parts["test"]]}
    halves = held_out(SampleSet(mnist.x, parts), 200)
    assert {picture.tobytes() for picture in np.concatenate([halves.real, halves.others])} <= test


def test_real_pictures_are_nearest_and_the_worse_the_picture_the_farther(mnist):
    halves = held_out(mnist, 500)
    random = np.random.default_rng(0)
    noise = random.normal(0, 60, halves.others.shape)
    noisy = np.clip(halves.others + noise, 0, 255).astype(np.uint8)
    uniform = random.integers(0, 256, halves.others.shape, dtype=np.uint8)
    one = np.repeat(halves.others[:1], 500, 0)
    distance = {
        name: _scored(mnist, cloud).samples["prior"]
        for name, cloud in (("noisy", noisy), ("uniform", uniform), ("one", one))
    }
    floor = _scored(mnist, noisy).floor
    assert floor < 3
    assert floor < distance["noisy"] < distance["uniform"]
    assert distance["one"] > SPREAD / 2  # one picture over and over has no spread at all


def test_a_score_is_the_formula_in_those_features_and_the_same_picture_scores_0(mnist):
    halves = held_out(mnist, 200)
    space = features_28()
    scores = scores_of_pictures(halves, halves.real, halves.others[::-1], {"prior": halves.others})
    assert scores.reconstructions == pytest.approx(0, abs=1e-4)
    expected = frechet_distance(space.features(halves.others), space.features(halves.real))
    assert scores.samples["prior"] == pytest.approx(expected, rel=1e-6)
    assert scores.pca == pytest.approx(expected, rel=1e-4)  # order does not matter
    assert scores.floor == pytest.approx(expected, rel=1e-6)
    assert (scores.n, scores.space) == (200, "features-28")


def test_fewer_pictures_look_worse_so_clouds_of_another_size_are_refused(mnist):
    assert _floor(mnist, 70) > 1.5 * _floor(mnist, 500)  # the bias that forbids it
    halves = held_out(mnist, 200)
    with pytest.raises(TooFewSamplesError, match="do not compare"):
        scores_of_pictures(halves, halves.others, halves.others, {"prior": halves.others[:150]})


def _floor(mnist: SampleSet, n: int) -> float:
    halves = held_out(mnist, n)
    return scores_of_pictures(halves, halves.others, halves.others, {}).floor


def test_too_few_held_out_pictures_are_told(mnist):
    parts = {"train": np.arange(100), "val": np.arange(100, 150), "test": np.arange(150, 200)}
    with pytest.raises(TooFewSamplesError, match="held-out"):
        held_out(SampleSet(mnist.x, parts))
