"""A captured step does what an ordinary one does, and no step waits for values of the device."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecore.data.samples import SampleSet, split
from aecore.objectives.objective import TERMS
from aecore.recipes import GENERAL, recipe
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.run import (
    CorruptionSpec,
    NetworkSpec,
    OptimizerSpec,
)
from aecore.specs.terms import TERM_SPECS, BceSpec, KlSpec, MseSpec
from aecore.training.begin import begin, feed_of, new_step
from aecore.training.captured import CapturedStep
from tests.core.conftest import SOME_DATA, a_run
from tests.core.training.on_device import NoWaiting, Recorded, Refusing, WaitingError

N_STEPS = 8
SIGMOID = PlainCodeSpec(n_dims=4, activation="sigmoid")
GAUSSIAN = GaussianCodeSpec(n_dims=4)
CODES = {
    "kl": GAUSSIAN,
    "iwae": GAUSSIAN,
    "total_correlation": GAUSSIAN,
    "commitment": QuantizedCodeSpec(n_dims=4, codebook_size=8),
    "sparse_kl": SIGMOID,
}
"""Of terms that want another than a plain one."""


def steps_of(samples, spec, kind=None):
    """Losses of some steps, the weights after them, and the graph that did them, if any."""
    at = begin(samples, spec)
    for optimizer in filter(None, (at.optimizer, at.partner_optimizer)):
        for group in optimizer.param_groups:
            group["lr"] = torch.tensor(group["lr"])  # where it stands on a GPU: in a tensor
    at.model.train()
    at.model.noise.seed(0, torch.device("cpu"))
    step = new_step(samples, spec, at, feed_of(samples, spec, at))
    graph = None if kind is None else kind(at)
    taken = step if graph is None else CapturedStep(step, spec, at, graph)
    rows = torch.from_numpy(samples.parts["train"])
    size = spec.batch_size
    taken.begin(rows[:size])
    values = []
    for i in range(N_STEPS):
        taken.prepare(i / N_STEPS)
        n = size - 4 if i == 5 else size
        values.append(taken(rows[i * size : i * size + n]).clone())
    return torch.stack(values), at.model.state_dict(), graph


def assert_same(samples, spec, kind=Recorded):
    values, weights, graph = steps_of(samples, spec, kind)
    expected, expected_weights, _ = steps_of(samples, spec)
    assert torch.equal(values, expected)
    assert all(torch.equal(weights[name], expected_weights[name]) for name in weights)
    return graph


def a_vae(**settings):
    return a_run(
        network=NetworkSpec(widths=(16,), dropout=0.1),
        code=GAUSSIAN,
        objective=(BceSpec(reduction="sum"), KlSpec(reduction="sum")),
        corruption=CorruptionSpec(kind="gaussian"),
        optimizer=OptimizerSpec(schedule="cosine", clip_norm=1.0),
        batch_size=64,
        **settings,
    )


def test_a_captured_step_gives_the_weights_and_losses_of_an_ordinary_one(digits):
    graph = assert_same(digits, a_vae())
    assert (graph.n_warm, graph.n_recorded, graph.n_replayed) == (3, 1, 4)  # and one small batch


@pytest.mark.parametrize("name", GENERAL)
def test_every_recipe_is_captured_and_trains_as_it_would_uncaptured(digits, name):
    spec = recipe(name).spec(SOME_DATA, batch_size=32)
    graph = assert_same(digits, spec)
    assert graph.n_replayed == 4


_OF_ROWS = {"columns", *(name for name, term in TERM_SPECS.items() if term.is_of_counts)}


@pytest.mark.parametrize("name", [name for name in TERMS if name not in _OF_ROWS])
def test_no_term_looks_at_values_while_its_weight_rises(digits, name):
    """But those of counts, whose rows come from the host one batch at a time, and of tables."""
    conv = name == "commitment"
    terms = (BceSpec() if name == "iwae" else MseSpec(),) if not TERM_SPECS[name].compares else ()
    spec = a_run(
        network=NetworkSpec(kind="conv", widths=(4,)) if conv else NetworkSpec(widths=(16,)),
        code=CODES.get(name, PlainCodeSpec(n_dims=4)),
        objective=(*terms, TERM_SPECS[name](warmup=0.9)),
        batch_size=32,
    )
    assert assert_same(digits, spec).n_replayed == 4


@pytest.mark.parametrize(
    "kind",
    ["gaussian", "masking", "dropout", "salt_pepper", "swap", "occlusion", "downscale", "blur"],
)
def test_no_corruption_looks_at_values(digits, kind):
    spec = a_run(corruption=CorruptionSpec(kind=kind, level=0.5), batch_size=32)
    assert assert_same(digits, spec).n_replayed == 4


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_the_learning_rate_of_every_optimizer_is_followed(digits, name):
    spec = a_vae().model_copy(update={"optimizer": OptimizerSpec(name=name, schedule="cosine")})
    assert assert_same(digits, spec).n_replayed == 4


def test_a_captured_step_follows_a_weight_that_rises_over_the_whole_run(digits):
    spec = a_vae()
    rising = spec.model_copy(update={"objective": (spec.objective[0], KlSpec(warmup=1.0))})
    assert assert_same(digits, rising).n_replayed == 4


def test_where_recording_fails_training_goes_on_as_if_it_had_not_been_tried(digits):
    graph = assert_same(digits, a_vae(), Refusing)
    assert (graph.n_warm, graph.n_recorded, graph.n_replayed) == (3, 1, 0)


def test_after_a_failed_recording_the_noise_has_another_generator(digits):
    at = begin(digits, a_vae())
    at.model.noise.seed(5, torch.device("cpu"))
    old = at.model.noise.generator
    expected = torch.rand(4, generator=torch.Generator().manual_seed(5))
    state = old.get_state()
    torch.rand(9, generator=old)
    at.model.noise.renew(state)
    assert at.model.noise.generator is not old
    assert torch.equal(at.model.noise.uniform_like(torch.empty(4)), expected)


@pytest.mark.parametrize(
    "looks",
    [
        lambda x: x.sum().item(),
        lambda x: float(x[0]),
        lambda x: x[x > 0],
        lambda x: x.nonzero(),
        lambda x: x.index_put_((x > 0,), x.new_zeros(())),
        lambda x: torch.bincount(x.long()),
        torch.unique,
        lambda x: 0 if (x > 0).all() else 1,
        lambda x: torch.tensor([1.0, 2.0]),
    ],
)
def test_what_looks_at_values_is_refused(looks):
    with NoWaiting(), pytest.raises(WaitingError):
        looks(torch.arange(3.0))


def test_the_stand_in_for_a_graph_sees_a_number_that_python_works_out(digits):
    """The number stays as it was when recorded, so that such a fault of a step is found."""
    at = begin(digits, a_vae())
    at.model.noise.seed(0, torch.device("cpu"))
    number, x = [1.0], torch.zeros(3)
    graph = Recorded(at)
    values = graph.record(lambda: x * 2 + number[0], at.model.noise.generator)
    number[0] = 5.0
    x.fill_(4.0)
    graph.replay()
    assert values.tolist() == [9.0] * 3


def test_a_codebook_begins_at_vectors_of_the_first_batch():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (64, 1, 8, 8), dtype=np.uint8)
    samples = SampleSet(x, split(len(x), val_fraction=0.0, test_fraction=0.0, seed=0))
    spec = recipe("vq-vae").spec(SOME_DATA)
    at = begin(samples, spec)
    at.model.noise.seed(0, torch.device("cpu"))
    step = new_step(samples, spec, at, feed_of(samples, spec, at))
    step.begin(torch.arange(32))
    code = at.model.code
    encoded = code.project(at.model.encoder(torch.from_numpy(samples.scaled(np.arange(32)))))
    vectors = encoded.permute(0, 2, 3, 1).flatten(0, 2)
    nearest = torch.cdist(code.weights, vectors).amin(1)
    assert nearest.max() < 0.05 * vectors.std()  # jitter, and the norms' running means
    begun = code.weights.clone()
    step.begin(torch.arange(32, 64))
    assert torch.equal(code.weights, begun)
