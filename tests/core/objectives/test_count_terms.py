"""Terms of counts and ratings by slow loops, and what the network does with such rows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from aecore.models.autoencoder import new_model
from aecore.objectives.objective import TERMS
from aecore.objectives.term import Batch
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.specs.terms import TERM_SPECS, MultinomialSpec, ObservedMseSpec
from tests.core.conftest import SOME_DATA


def _spec(term: str, output: str, **network: object) -> RunSpec:
    return RunSpec.of(
        data=SOME_DATA,
        network=NetworkSpec.of(kind="linear", widths=(), output=output, **network),
        code=PlainCodeSpec(n_dims=3),
        objective=(TERM_SPECS[term](),),
    )


@pytest.fixture
def x() -> torch.Tensor:
    drawn = np.random.default_rng(0).integers(0, 4, (5, 6)).astype(np.float32)
    drawn[4] = 0.0
    return torch.from_numpy(drawn)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_multinomial_is_the_log_probability_of_each_count(x: torch.Tensor, reduction: str) -> None:
    model = new_model(_spec("multinomial", "softmax"), (6,)).eval()
    with torch.no_grad():
        output = model(x)
    assert output.x_hat.sum(1) == pytest.approx(np.ones(5), abs=1e-6)
    term = MultinomialSpec(reduction=reduction)
    found = TERMS["multinomial"].function(Batch(output, x, model, term))
    for i in range(5):
        slow = -sum(float(x[i, j]) * float(output.x_hat[i, j].log()) for j in range(6))
        wanted = slow if reduction == "sum" else slow / 6
        assert float(found[i]) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_observed_mse_counts_only_what_is_known(x: torch.Tensor, reduction: str) -> None:
    model = new_model(_spec("observed_mse", "linear"), (6,)).eval()
    with torch.no_grad():
        output = model(x)
    term = ObservedMseSpec(reduction=reduction)
    found = TERMS["observed_mse"].function(Batch(output, x, model, term))
    for i in range(5):
        known = [j for j in range(6) if x[i, j] != 0]
        slow = sum(float(x[i, j] - output.x_hat[i, j]) ** 2 for j in known)
        wanted = slow if reduction == "sum" else slow / max(1, len(known))
        assert float(found[i]) == pytest.approx(wanted, rel=1e-5)


def test_a_row_and_twice_the_row_have_the_same_code_where_length_is_taken_out(
    x: torch.Tensor,
) -> None:
    model = new_model(_spec("multinomial", "softmax", normalize_input=True), (6,)).eval()
    assert torch.allclose(model.encode(x).z, model.encode(2 * x).z, atol=1e-6)
    plain = new_model(_spec("multinomial", "softmax"), (6,)).eval()
    assert not torch.allclose(plain.encode(x).z, plain.encode(2 * x).z, atol=1e-3)


def test_dropout_of_the_input_keeps_its_mean_in_training_and_nothing_in_use() -> None:
    spec = _spec("multinomial", "softmax", input_dropout=0.5)
    model = new_model(spec, (400,))
    model.noise.seed(0, torch.device("cpu"))
    ones = torch.ones(50, 400)
    reading = model.encoder.train()(ones)
    assert sorted(reading.unique().tolist()) == [0.0, 2.0]
    assert float(reading.mean()) == pytest.approx(1.0, abs=0.05)
    assert torch.equal(model.encoder.eval()(ones), ones)


def test_an_untrained_softmax_answers_with_how_often_each_column_is_chosen() -> None:
    model = new_model(_spec("multinomial", "softmax"), (4,)).eval()
    mean = torch.tensor([0.1, 0.2, 0.6, 0.1])
    model.start_at(mean)
    torch.nn.init.zeros_(model.decoder[0].weight)
    assert model.decode(torch.zeros(1, 3))[0].detach().numpy() == pytest.approx(
        mean.numpy(), abs=1e-4
    )


def test_softmax_and_multinomial_come_together() -> None:
    with pytest.raises(ValidationError, match="softmax"):
        RunSpec(data=SOME_DATA, objective=(MultinomialSpec(),))
    with pytest.raises(ValidationError, match="multinomial"):
        RunSpec(data=SOME_DATA, network=NetworkSpec(output="softmax"))
