"""The terms of the families, each by a second route: a closed form, a slow loop, a limit case."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from aecore.errors import SpecError
from aecore.metrics.pictures import ssim as ssim_of_metrics
from aecore.models.autoencoder import Output, new_model
from aecore.models.codes import Code
from aecore.objectives.iwae import log_importance_weights
from aecore.objectives.mmd import imq_mmd
from aecore.objectives.objective import TERMS, Objective, partners_of
from aecore.objectives.term import Batch
from aecore.specs.codes import GaussianCodeSpec, QuantizedCodeSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.specs.terms import (
    TERM_SPECS,
    AdversarialCodeSpec,
    BceSpec,
    CommitmentSpec,
    IwaeSpec,
    KlSpec,
    MmdSpec,
    MseSpec,
    SparseKlSpec,
)
from tests.core.conftest import a_run

SHAPE = (1, 12, 12)
GAUSSIAN = GaussianCodeSpec(n_dims=3)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def shown(name, x, x_hat=None, code=None, model=None, partner=None, **options):
    """A batch whose reconstruction and code are given by hand."""
    x_hat = x if x_hat is None else x_hat
    output = Output(x, code or Code(torch.zeros(len(x), 2)), x_hat, x_hat)
    spec = TERM_SPECS[name](**options)
    return Batch(output, x, model, spec, partner)


def value(name, *given, **options):
    return TERMS[name].function(shown(name, *given, **options))


def a_model(**changes):
    model = new_model(a_run(**changes), SHAPE)
    model.noise.seed(0, torch.device("cpu"))
    return model


def test_l1_and_huber_are_their_closed_forms():
    x, x_hat = torch.zeros(1, 4), torch.tensor([[0.05, -0.1, 0.3, -1.0]])
    assert value("l1", x, x_hat, reduction="sum").item() == pytest.approx(1.45)
    by_hand = 0.5 * 0.05**2 + 0.5 * 0.1**2 + 0.1 * (0.3 - 0.05) + 0.1 * (1.0 - 0.05)
    assert value("huber", x, x_hat, reduction="sum", delta=0.1).item() == pytest.approx(by_hand)


def test_huber_with_a_wide_delta_is_half_the_squared_error():
    x, x_hat = drawn(3, 5), drawn(3, 5, seed=1)
    half = 0.5 * value("mse", x, x_hat)
    assert torch.allclose(value("huber", x, x_hat, delta=10.0), half)


@pytest.mark.parametrize(
    "shape",
    [(3, 1, 28, 28), (2, 3, 32, 32), (2, 1, 8, 8), (2, 3, 11, 10), (2, 1, 40, 3), (2, 2, 1, 2)],
)
def test_ssim_is_that_of_the_metrics(shape):
    rng = np.random.default_rng(0)
    x = rng.random(shape).astype(np.float32)
    x_hat = np.clip(x + 0.1 * rng.standard_normal(shape), 0, 1).astype(np.float32)
    found = value("ssim", torch.from_numpy(x), torch.from_numpy(x_hat))
    assert np.allclose(1 - found.numpy(), ssim_of_metrics(x, x_hat), atol=1e-5)
    assert torch.allclose(value("ssim", torch.from_numpy(x)), torch.zeros(shape[0]), atol=1e-5)
    assert (found > 0.01).all()


def test_ssim_of_rows_is_refused():
    with pytest.raises(SpecError, match="rows"):
        value("ssim", torch.rand(2, 5))


def test_iwae_with_one_sample_is_the_drawn_bound():
    model = a_model(code=GAUSSIAN)
    x = torch.rand(4, *SHAPE, generator=torch.Generator().manual_seed(0)).round()
    code = model.encode(x)
    model.noise.seed(1, torch.device("cpu"))
    found = log_importance_weights(model, x, code.mu, code.logvar, 1)[0]
    model.noise.seed(1, torch.device("cpu"))
    noise = model.noise.normal_like(code.mu.expand(1, 4, 3))[0]
    z = code.mu + (0.5 * code.logvar).exp() * noise
    normal = torch.distributions.Normal
    log_q = normal(code.mu, (0.5 * code.logvar).exp()).log_prob(z).sum(1)
    log_p = normal(0.0, 1.0).log_prob(z).sum(1)
    pixels = torch.distributions.Bernoulli(logits=model.decoder(z))
    log_x = pixels.log_prob(x).flatten(1).sum(1)
    assert torch.allclose(found, log_x + log_p - log_q, atol=1e-3)


def test_more_importance_samples_come_nearer_to_the_likelihood():
    model = a_model(code=GAUSSIAN)
    x = torch.rand(64, *SHAPE, generator=torch.Generator().manual_seed(0)).round()
    code = model.encode(x)
    given = {"code": code, "model": model, "reduction": "sum"}
    with torch.no_grad():
        bounds = [
            np.mean([value("iwae", x, n_samples=k, **given).mean().item() for _ in range(20)])
            for k in (1, 5, 50)
        ]
    assert bounds[0] > bounds[1] > bounds[2]


def test_free_nats_are_the_least_that_a_dimension_counts():
    mu = torch.tensor([[2.0, 0.0], [2.0, 0.0]])
    code = Code(mu, mu, torch.zeros(2, 2))
    x = torch.zeros(2, 4)
    plain = value("kl", x, code=code, reduction="sum")
    assert plain.mean().item() == pytest.approx(2.0)
    assert value("kl", x, code=code, reduction="sum", free_nats=0.5).item() == pytest.approx(2.5)


def test_total_correlation_tells_dependent_dimensions_from_independent_ones():
    n = 512
    a = drawn(n)
    together = torch.stack([a, a + 0.1 * drawn(n, seed=1)], 1)
    apart = torch.stack([a, drawn(n, seed=2)], 1)
    logvar = torch.full((n, 2), -3.0)
    x = torch.zeros(n, 1)
    found = [
        value("total_correlation", x, code=Code(z, z, logvar), reduction="sum").item()
        for z in (together, apart)
    ]
    assert found[0] > found[1] + 0.5


def test_total_correlation_is_the_slow_sum_over_pairs():
    mu, logvar, z = drawn(5, 3), 0.1 * drawn(5, 3, seed=1), drawn(5, 3, seed=2)
    log_q = torch.distributions.Normal(mu, (0.5 * logvar).exp()).log_prob
    n_pairs = 5
    total = 0.0
    for i in range(5):
        dims = log_q(z[i])  # (5, 3)
        joint = math.log(sum(math.exp(row.sum()) for row in dims) / n_pairs)
        apiece = sum(math.log(sum(math.exp(v) for v in dims[:, d]) / n_pairs) for d in range(3))
        total += (joint - apiece) / 5
    code = Code(z, mu, logvar)
    found = value("total_correlation", torch.zeros(5, 1), code=code, reduction="sum")
    assert found.item() == pytest.approx(total, rel=1e-4)


def test_mmd_is_the_slow_double_sum():
    a, b = drawn(4, 2), drawn(4, 2, seed=1)
    total = 0.0
    for scale in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0):
        C = 2 * 2 * scale

        def k(p, q, C=C):
            return float(C / (C + ((p - q) ** 2).sum()))

        pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
        total += sum(k(a[i], a[j]) + k(b[i], b[j]) for i, j in pairs) / 12
        total -= 2 * sum(k(p, q) for p in a for q in b) / 16
    assert imq_mmd(a, b).item() == pytest.approx(total, rel=1e-4)


def test_mmd_is_about_nothing_at_the_prior_and_large_away_from_it():
    prior = [imq_mmd(drawn(256, 4, seed=s), drawn(256, 4, seed=99 + s)).item() for s in range(8)]
    moved = imq_mmd(drawn(256, 4) + 2.0, drawn(256, 4, seed=1)).item()
    assert abs(np.mean(prior)) < 0.02
    assert moved > 1.0


def test_sparse_kl_is_nothing_at_its_target_and_the_divergence_of_two_coins_else():
    at_target = Code(torch.full((8, 3), 0.05))
    x = torch.zeros(8, 1)
    assert value("sparse_kl", x, code=at_target).item() == pytest.approx(0.0, abs=1e-6)
    coin = torch.distributions.Bernoulli
    expected = torch.distributions.kl_divergence(
        coin(torch.tensor(0.05)), coin(torch.tensor(0.3))
    ).item()
    found = value("sparse_kl", x, code=Code(torch.full((8, 3), 0.3)), reduction="sum")
    assert found.item() == pytest.approx(3 * expected, rel=1e-4)


def test_code_and_decoder_norms_are_sums_of_squares():
    z = drawn(3, 4)
    found = value("code_l2", torch.zeros(3, 1), code=Code(z), reduction="sum")
    assert torch.allclose(found, (z**2).sum(1))
    model = a_model()
    weights = [p for name, p in model.decoder.named_parameters() if name.endswith("weight")]
    found = value("decoder_l2", torch.zeros(3, 1), model=model, reduction="sum")
    assert found.item() == pytest.approx(sum((w**2).sum().item() for w in weights), rel=1e-5)


def test_commitment_is_the_distance_to_the_chosen_entries():
    z_e, z_q = drawn(3, 6), drawn(3, 6, seed=1)
    code = Code(z_e + (z_q - z_e).detach(), z_e=z_e)
    found = value("commitment", torch.zeros(3, 1), code=code, reduction="sum")
    assert torch.allclose(found, ((z_e - z_q) ** 2).sum(1), rtol=1e-5)


def test_an_adversarial_code_learns_what_its_critic_knows():
    """A critic taught on codes far from the prior tells them; its value for them is high."""
    partners = partners_of((AdversarialCodeSpec(),), SHAPE, 2, seed=0)
    critic = partners["adversarial_code"]
    model = a_model()
    z = drawn(128, 2) + 3.0
    batch = shown(
        "adversarial_code",
        torch.zeros(128, 1),
        code=Code(z),
        model=model,
        partner=critic,
        reduction="sum",
    )
    before = TERMS["adversarial_code"].function(batch).mean().item()
    assert before == pytest.approx(math.log(2), abs=0.3)
    optimizer = torch.optim.Adam(critic.parameters(), 1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        TERMS["adversarial_code"].teach(batch).backward()
        optimizer.step()
    assert TERMS["adversarial_code"].function(batch).mean().item() > 2.0


def test_the_picture_critic_finds_identical_pictures_alike():
    (name,) = ("adversarial_image",)
    critic = partners_of((TERM_SPECS[name](),), SHAPE, 2, seed=0)[name]
    x = torch.rand(4, *SHAPE, generator=torch.Generator().manual_seed(0))
    same = value(name, x, partner=critic)
    other = value(name, x, 1 - x, partner=critic)
    logit, _ = critic(x)
    assert torch.allclose(same, 0.01 * torch.nn.functional.softplus(-logit).squeeze(1))
    assert (other > same).all()


def test_the_picture_critic_weighs_alike_for_pictures_of_every_size():
    """Summed over its features: 32 for each square of 4 by 4 pixels."""
    name = "adversarial_image"
    for side in (12, 24):
        critic = partners_of((TERM_SPECS[name](),), (1, side, side), 2, seed=0)[name]
        x = torch.rand(4, 1, side, side, generator=torch.Generator().manual_seed(0))
        mean, total = (value(name, x, 1 - x, partner=critic, reduction=r) for r in ("mean", "sum"))
        assert torch.allclose(total, 2 * side**2 * mean)


def test_a_weight_warms_up_over_its_share_of_the_run():
    spec = a_run(
        code=GAUSSIAN,
        objective=(
            BceSpec(reduction="sum"),
            KlSpec(reduction="sum", weight=2.0, warmup=0.5),
        ),
    )
    model = new_model(spec, SHAPE)
    model.noise.seed(0, torch.device("cpu"))
    x = torch.rand(5, *SHAPE, generator=torch.Generator().manual_seed(0))
    output = model(x)
    objective = Objective(spec.objective)
    for done, factor in ((0.0, 0.0), (0.25, 1.0), (0.5, 2.0), (1.0, 2.0)):
        weights = torch.tensor(objective.weights(done))
        total, bce, kl = objective(output, x, model, training=True, weights=weights).values
        assert total.item() == pytest.approx((bce + factor * kl).item(), rel=1e-5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"objective": (MseSpec(), MmdSpec())}, None),
        ({"objective": (IwaeSpec(),)}, "gaussian"),
        ({"objective": (MseSpec(), SparseKlSpec())}, "sigmoid code"),
        ({"objective": (MseSpec(), CommitmentSpec())}, "quantized"),
        ({"code": QuantizedCodeSpec()}, "one encoder"),
        ({"code": {"kind": "gaussian", "top_k": 3}}, "top_k: there is no such setting"),
        ({"code": {"kind": "gaussian", "batch_norm": True}}, "batch_norm: there is no such"),
        ({"code": {"n_dims": 3}}, "code: its kind is missing"),
        ({"code": {"kind": "ternary"}}, "code.kind: choose one of 'plain', 'gaussian'"),
        ({"network": NetworkSpec(kind="resnet", widths=())}, "hidden layer"),
        ({"beside": NetworkSpec(kind="conv", widths=())}, "hidden layer"),
        ({"beside": NetworkSpec(), "pretrain_epochs": 1}, "one dense network"),
    ],
)
def test_choices_that_do_not_fit_are_told(changes, words):
    values = {**a_run().model_dump(), **changes}
    if words is None:
        RunSpec.of(**values)
        return
    if isinstance(changes.get("code"), QuantizedCodeSpec):
        values["objective"] = (MseSpec(), CommitmentSpec())
    with pytest.raises(SpecError, match=words):
        RunSpec.of(**values)
