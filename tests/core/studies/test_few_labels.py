"""Tuned with few labels: as good as told, the run untouched, and better than from scratch."""

from __future__ import annotations

import numpy as np
import pytest

import aecore
from aecore.errors import TooFewSamplesError
from aecore.specs.run import OptimizerSpec
from aecore.studies.few_labels import fine_tuned

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return aecore.Store(tmp_path_factory.mktemp("few"))


@pytest.fixture(scope="module")
def samples(store):
    return aecore.load("digits", store=store)


@pytest.fixture(scope="module")
def run(store, samples):
    return aecore.train("undercomplete", "digits", n_epochs=40, store=store)


def test_learning_without_labels_first_wins_with_few_of_them(run, samples):
    found = fine_tuned(run, samples, 20, n_steps=60)
    assert found.gain > 0.02
    assert found.tuned.mean() > 0.6
    assert found.gain == pytest.approx(found.tuned_hits.mean() - found.scratch_hits.mean())


def test_with_many_labels_both_learn_and_the_run_is_left_as_it_was(run, samples):
    before = {name: tensor.clone() for name, tensor in run.model.state_dict().items()}
    found = fine_tuned(run, samples, 1000, n_steps=150, n_draws=1)
    assert min(found.tuned[0], found.scratch[0]) > 0.9
    for name, tensor in run.model.state_dict().items():
        assert bool((tensor == before[name]).all()), name
    assert not any(p.requires_grad for p in run.model.parameters())


def test_an_untrained_run_wins_nothing(store, samples):
    blank = aecore.train(
        "undercomplete", "digits", n_epochs=1, store=store, optimizer=OptimizerSpec(lr=1e-9)
    )
    found = fine_tuned(blank, samples, 50, n_steps=60)
    assert abs(found.gain) < 0.1


def test_the_same_seed_gives_the_same_answer(run, samples):
    once, again = (fine_tuned(run, samples, 20, n_steps=10, n_draws=1) for _ in range(2))
    assert np.array_equal(once.tuned_hits, again.tuned_hits)
    assert np.array_equal(once.scratch_hits, again.scratch_hits)


def test_too_few_labels_are_told(run, samples):
    with pytest.raises(TooFewSamplesError, match="have a label"):
        fine_tuned(run, samples, 100_000)
