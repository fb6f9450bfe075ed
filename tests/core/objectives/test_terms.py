"""Each term by a second route: torch.distributions, a full Jacobian, a slow loop."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from aecore.models.autoencoder import new_model
from aecore.objectives.bce import bernoulli_nats
from aecore.objectives.objective import TERMS, Objective
from aecore.objectives.term import Batch
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec
from aecore.specs.run import NetworkSpec
from aecore.specs.terms import TERM_SPECS, BceSpec, ContractiveSpec, KlSpec
from tests.core.conftest import a_run

SHAPE = (1, 6, 6)


def through(spec, x):
    model = new_model(spec, SHAPE)
    model.noise.seed(0, torch.device("cpu"))
    return model, model(x)


def value(name, output, x, model, reduction="mean", **options):
    spec = TERM_SPECS[name](reduction=reduction, **options)
    return TERMS[name].function(Batch(output, x, model, spec))


@pytest.fixture
def x():
    return torch.rand(5, *SHAPE, generator=torch.Generator().manual_seed(0))


def test_mse_is_the_mean_and_the_sum_of_squares(x):
    model, output = through(a_run(), x)
    term = partial(value, "mse")
    by_hand = [
        sum((a - b) ** 2 for a, b in zip(p.ravel(), q.ravel(), strict=True))
        for p, q in zip(x, output.x_hat, strict=True)
    ]
    assert torch.allclose(term(output, x, model, "sum"), torch.stack(by_hand))
    assert torch.allclose(term(output, x, model, "mean"), torch.stack(by_hand) / 36)


def test_bce_is_the_negative_log_likelihood_of_a_bernoulli_decoder(x):
    model, output = through(a_run(), x)
    binary = (x > 0.5).float()
    expected = -torch.distributions.Bernoulli(logits=output.raw).log_prob(binary).flatten(1).sum(1)
    assert torch.allclose(value("bce", output, binary, model, "sum"), expected)


def test_bernoulli_nats_are_those_of_float64_and_their_slopes_those_of_torch():
    generator = torch.Generator().manual_seed(0)
    raw = 6 * torch.randn(4, 900, generator=generator)
    raw[0, :6] = torch.tensor([0.0, -0.0, 30.0, -30.0, 300.0, -300.0])
    x = torch.rand(4, 900, generator=generator)
    exact = binary_cross_entropy_with_logits(raw.double(), x.double(), reduction="none")
    assert torch.allclose(bernoulli_nats(raw, x).double(), exact, rtol=1e-6, atol=2e-6)
    slopes = []
    for nats in (bernoulli_nats, partial(binary_cross_entropy_with_logits, reduction="none")):
        logits = raw.clone().requires_grad_()
        torch.autograd.backward(nats(logits, x).sum(1).mean())
        slopes.append(logits.grad)
    assert torch.equal(*slopes)


def test_kl_is_that_of_torch_distributions(x):
    spec = a_run(code=GaussianCodeSpec(n_dims=7))
    model, output = through(spec, x)
    q = torch.distributions.Normal(output.code.mu, (0.5 * output.code.logvar).exp())
    p = torch.distributions.Normal(0.0, 1.0)
    expected = torch.distributions.kl_divergence(q, p).sum(1)
    term = partial(value, "kl")
    assert torch.allclose(term(output, x, model, "sum"), expected, atol=1e-5)
    assert torch.allclose(term(output, x, model, "mean"), expected / 36, atol=1e-6)


def test_kl_of_the_prior_itself_is_nothing():
    from aecore.objectives.kl import kl_by_dimension

    assert torch.equal(kl_by_dimension(torch.zeros(2, 3), torch.zeros(2, 3)), torch.zeros(2, 3))


def test_sparse_l1_is_the_mean_magnitude_of_the_code(x):
    model, output = through(a_run(), x)
    expected = torch.stack([torch.stack([abs(v) for v in z]).mean() for z in output.code.z])
    assert torch.allclose(value("sparse_l1", output, x, model, "mean"), expected)


def jacobian_norm(model, x):
    return torch.stack(
        [
            torch.autograd.functional.jacobian(lambda one: model.encode(one[None]).point[0], sample)
            .square()
            .sum()
            for sample in x
        ]
    )


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "identity", "relu"])
def test_contraction_of_one_layer_is_the_full_jacobian(x, activation):
    spec = a_run(
        network=NetworkSpec(kind="linear", widths=()),
        code=PlainCodeSpec(n_dims=4, activation=activation),
    )
    model, output = through(spec, x)
    found = value("contractive", output, x, model, "sum")
    assert torch.allclose(found, jacobian_norm(model, x), rtol=1e-4)
    found.sum().backward()
    assert model.code.z.weight.grad.abs().sum() > 0


def test_contraction_of_a_deep_encoder_is_the_jacobian_in_the_mean(x):
    spec = a_run(network=NetworkSpec(widths=(8,), activation="tanh"), code=PlainCodeSpec(n_dims=4))
    model, output = through(spec, x)
    term = partial(value, "contractive")
    many = torch.stack([term(output, x, model, "sum").detach() for _ in range(4000)]).mean(0)
    assert torch.allclose(many, jacobian_norm(model, x), rtol=0.1)


def test_contraction_of_standardized_units_is_that_of_what_they_answer(x):
    code = PlainCodeSpec(n_dims=4, activation="sigmoid", batch_norm=True)
    spec = a_run(network=NetworkSpec(kind="linear", widths=()), code=code)
    model, _ = through(spec, x)
    model.eval()
    output = model(x)
    drawn = [value("contractive", output, x, model, "sum").detach() for _ in range(1000)]
    assert torch.allclose(torch.stack(drawn).mean(0), jacobian_norm(model, x), rtol=0.15)


def test_weight_norms_leave_biases_out(x):
    model, output = through(a_run(), x)
    weights = torch.cat([p.flatten() for name, p in model.named_parameters() if "weight" in name])
    for name, expected in (("weight_l1", weights.abs()), ("weight_l2", weights.square())):
        term = partial(value, name)
        assert torch.allclose(term(output, x, model, "sum"), expected.sum(), rtol=1e-5)
        assert torch.allclose(term(output, x, model, "mean"), expected.mean(), rtol=1e-5)


def test_an_objective_is_the_weighted_sum_of_its_terms(x):
    spec = a_run(
        code=GaussianCodeSpec(n_dims=3),
        objective=(
            BceSpec(reduction="sum"),
            KlSpec(weight=4.0, reduction="sum"),
            ContractiveSpec(weight=0.5),
        ),
    )
    model, output = through(spec, x)
    objective = Objective(spec.objective)
    loss = objective(output, x, model, training=True)
    total, bce, kl, contraction = loss.values
    assert objective.names(training=True) == ["loss", "bce", "kl", "contractive"]
    assert torch.allclose(total, bce + 4 * kl + 0.5 * contraction)
    assert torch.allclose(loss.total.detach(), total)
    with torch.no_grad():
        held_out = objective(output, x, model, training=False)
    assert objective.names(training=False) == ["loss", "bce", "kl"]
    assert torch.allclose(held_out.values[0], bce + 4 * kl)


def test_the_catalogue_names_every_term_that_can_be_asked_for_and_nothing_else():
    known = {name: spec.about for name, spec in TERM_SPECS.items()}
    assert set(known) == set(TERMS)
    assert all(term.name == name for name, term in TERMS.items())
    assert len({about.title for about in known.values()}) == len(known)
    assert {about.unit for about in known.values()} <= {"", "nats"}
    assert all(about.words.endswith(".") for about in known.values())
