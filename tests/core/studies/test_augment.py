"""Classes enlarged by pictures a model makes up: of the class, and worth what is measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

import aecore
from aecore.errors import TooFewSamplesError
from aecore.studies.augmentation import augmented, class_pictures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return aecore.Store(tmp_path_factory.mktemp("augment"))


@pytest.fixture(scope="module")
def samples(store):
    return aecore.load("digits", store=store)


@pytest.fixture(scope="module")
def run(store, samples):
    return aecore.train("undercomplete", "digits", n_epochs=40, store=store)


def members(samples, label, n):
    train = samples.parts["train"]
    return samples.x[train[samples.labels[train] == label][:n]]


@pytest.mark.parametrize("sampler", ["gaussian", "mixture"])
def test_new_pictures_are_of_their_class_and_no_copies(run, samples, sampler):
    train = samples.parts["train"]
    judge = KNeighborsClassifier(5).fit(
        samples.x[train].reshape(len(train), -1), samples.labels[train]
    )
    for label in (0, 4, 7):
        known = members(samples, label, 40)
        new = class_pictures(run, known, 50, sampler=sampler)
        assert new.shape == (50, 1, 8, 8)
        assert (judge.predict(new.reshape(50, -1)) == label).mean() > 0.9
        assert len(np.unique(new.reshape(50, -1), axis=0)) == 50


def test_the_gain_is_that_of_the_hits_and_small_harm_at_the_most(run, samples):
    found = augmented(run, samples, 40, n_new=30, n_draws=2)
    assert found.gain == pytest.approx(found.augmented_hits.mean() - found.alone_hits.mean())
    assert found.alone.mean() > 0.6
    assert found.gain > -0.05


def test_pictures_of_any_class_under_the_name_of_one_harm(run, samples):
    class Muddled:
        """A run that decodes every code to a picture of any class."""

        encode = staticmethod(run.encode)

        @staticmethod
        def decode(z: np.ndarray) -> np.ndarray:
            return np.asarray(np.random.default_rng(0).permutation(samples.x)[: len(z)])

    harmed = augmented(Muddled(), samples, 40, n_new=30, n_draws=2)
    assert harmed.gain < -0.05


def test_a_vae_is_told_with_its_gain_whatever_it_is(store, samples):
    vae = aecore.train("vae", "digits", n_epochs=30, store=store)
    found = augmented(vae, samples, 40, n_new=10, n_draws=2)
    assert -0.15 < found.gain < 0.15
    assert found.gain != 0


def test_one_picture_of_a_class_is_too_few(run, samples):
    with pytest.raises(TooFewSamplesError, match="two or more"):
        augmented(run, samples, 10)
    with pytest.raises(TooFewSamplesError):
        augmented(run, replace(samples, labels=None), 10)
