"""A captured step does what an ordinary one does, and what cannot be captured is known."""

from __future__ import annotations

import pytest
import torch

from aecore.recipes import RECIPES, recipe
from aecore.specs import CodeSpec, CorruptionSpec, NetworkSpec, OptimizerSpec, TermSpec
from aecore.training.captured import CapturedStep, is_capturable
from aecore.training.fit import begin, feed_of, new_step
from tests.core.conftest import SOME_DATA, a_run


class Replayed:
    """In a GPU's place: what it records is done again by calling it, into the same tensor."""

    def __init__(self):
        self.n_warm = self.n_recorded = self.n_replayed = 0

    def warm(self, function):
        self.n_warm += 1
        return function()

    def record(self, function, generator):
        self.n_recorded += 1
        self.function = function
        assert generator is not None
        self.values = torch.zeros(3)
        return self.values

    def replay(self):
        self.n_replayed += 1
        self.values.copy_(self.function())


class Refusing(Replayed):
    """A GPU on which an operation cannot be recorded."""

    def record(self, function, generator):
        self.n_recorded += 1
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing")


def steps_of(digits, spec, captured, kind=Replayed):
    at = begin(digits, spec)
    at.model.train()
    at.model.noise.seed(0, torch.device("cpu"))
    step = new_step(digits, spec, at, feed_of(digits, spec, at))
    graph = kind()
    taken = CapturedStep(step, spec, at, graph) if captured else step
    rows = torch.from_numpy(digits.parts["train"])
    values = []
    for i in range(8):
        taken.prepare(i / 8)
        n = 50 if i == 5 else spec.batch_size
        values.append(taken(rows[i * 64 : i * 64 + n]).clone())
    return torch.stack(values), at.model.state_dict(), graph


def a_vae(**settings):
    return a_run(
        network=NetworkSpec(widths=(16,), dropout=0.1),
        code=CodeSpec(kind="gaussian", n_dims=4),
        objective=(TermSpec(name="bce", reduction="sum"), TermSpec(name="kl", reduction="sum")),
        corruption=CorruptionSpec(kind="gaussian"),
        optimizer=OptimizerSpec(schedule="cosine", clip_norm=1.0),
        batch_size=64,
        **settings,
    )


def test_a_captured_step_gives_the_weights_and_losses_of_an_ordinary_one(digits):
    values, weights, graph = steps_of(digits, a_vae(), captured=True)
    expected, expected_weights, _ = steps_of(digits, a_vae(), captured=False)
    assert torch.equal(values, expected)
    assert all(torch.equal(weights[name], expected_weights[name]) for name in weights)
    assert (graph.n_warm, graph.n_recorded, graph.n_replayed) == (3, 1, 4)  # and one small batch


def test_where_recording_fails_training_goes_on_in_the_ordinary_way(digits):
    values, weights, graph = steps_of(digits, a_vae(), captured=True, kind=Refusing)
    expected, expected_weights, _ = steps_of(digits, a_vae(), captured=False)
    assert torch.equal(values, expected)
    assert all(torch.equal(weights[name], expected_weights[name]) for name in weights)
    assert (graph.n_warm, graph.n_recorded, graph.n_replayed) == (3, 1, 0)


def test_nothing_is_captured_while_the_weight_of_a_term_still_rises(digits):
    spec = a_vae()
    rising = spec.model_copy(
        update={"objective": (spec.objective[0], TermSpec(name="kl", warmup=0.4))}
    )
    _, _, graph = steps_of(digits, rising, captured=True)
    # steps 0 to 3 are before 0.4 of the run, step 5 is a small batch
    assert (graph.n_warm, graph.n_recorded) == (3, 0)


@pytest.mark.parametrize("name", RECIPES)
def test_only_steps_that_look_at_values_are_not_captured(name):
    expected = name not in ("vq-vae", "wae-mmd", "info-vae", "aae", "vae-gan")
    assert is_capturable(recipe(name).spec(SOME_DATA)) is expected
