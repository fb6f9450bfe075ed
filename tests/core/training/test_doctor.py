"""The doctor names what collapsed and what mends it, on constructed numbers and on real runs."""

from __future__ import annotations

import pytest
import torch

from aecore.models.autoencoder import Output
from aecore.models.codes import Code, perplexity
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.run import CorruptionSpec, NetworkSpec, OptimizerSpec
from aecore.specs.terms import BceSpec, CommitmentSpec, KlSpec, MseSpec, SparseL1Spec
from aecore.training.doctor import CodeStats, collapse, critic_won
from aecore.training.fit import fit
from aecore.training.vitals import CodeMonitor
from tests.core.conftest import a_run

GOOD = {"n_seen": 500, "error": 0.01, "error_of_mean": 0.07}
VAE = {
    "code": GaussianCodeSpec(n_dims=8),
    "objective": (BceSpec(reduction="sum"), KlSpec(reduction="sum")),
}
SPARSE = {
    "code": PlainCodeSpec(n_dims=32, activation="relu"),
    "objective": (MseSpec(), SparseL1Spec(weight=0.5)),
}


def test_a_healthy_run_gets_no_sentence():
    assert not collapse(CodeStats(**GOOD, n_units=8, n_active=8, kl_nats=20.0), a_run(**VAE))
    assert not collapse(CodeStats(**GOOD, n_units=8, n_active=2, kl_nats=3.0), a_run(**VAE))
    assert not collapse(CodeStats(**GOOD, n_units=128, perplexity=64.0), a_run())
    assert not collapse(CodeStats(**GOOD, n_units=32, n_still=12), a_run(**SPARSE))
    assert not collapse(CodeStats(**{**GOOD, "n_seen": 5}, n_units=8, n_still=8), a_run())


def test_posterior_collapse_names_the_weight_that_did_it():
    found = collapse(CodeStats(**GOOD, n_units=8, n_active=0, kl_nats=0.004), a_run(**VAE))
    assert "Posterior collapse" in found
    assert "0 of its 8 dimensions" in found
    assert "Lower the weight of KL from 1" in found


def test_posterior_collapse_from_unlike_reductions_names_those():
    objective = (BceSpec(), KlSpec(reduction="sum"))
    spec = a_run(code=GaussianCodeSpec(n_dims=8), objective=objective)
    assert "both as sum" in collapse(CodeStats(**GOOD, n_units=8, n_active=0, kl_nats=0.0), spec)


def test_a_dead_code_names_the_price_of_activity():
    found = collapse(CodeStats(**GOOD, n_units=32, n_still=32), a_run(**SPARSE))
    assert found.startswith("Dead code: all 32 units")
    assert "sparse_l1 from 0.5" in found
    of_k = a_run(code=PlainCodeSpec(n_dims=128, top_k=2))
    found = collapse(CodeStats(**GOOD, n_units=128, n_still=100), of_k)
    assert "100 of 128 units" in found
    assert "more than 2 units" in found


def test_a_codebook_is_collapsed_below_a_tenth_of_what_it_could_use():
    spec = a_run()
    assert "3.2 of 128 entries" in collapse(CodeStats(**GOOD, n_units=128, perplexity=3.2), spec)
    few = {**GOOD, "n_seen": 40}  # no more than 40 entries can be seen in 40 places
    assert not collapse(CodeStats(**few, n_units=8192, perplexity=20.0), spec)


def test_the_mean_picture_is_named():
    found = collapse(CodeStats(500, 0.069, 0.07, 8, n_still=0), a_run())
    assert "no better than the mean picture" in found
    assert not collapse(CodeStats(500, 0.06, 0.07, 8, n_still=0), a_run())
    assert not collapse(CodeStats(500, 0.0, 0.0, 8, n_still=0), a_run())  # all pictures alike


def test_a_critic_has_won_only_after_three_epochs_of_it():
    assert critic_won([0.7, 6.0, 6.0]) == ""
    assert critic_won([6.0, 0.7, 6.0, 6.0]) == ""
    assert "7.5 nats" in critic_won([0.7, 6.0, 6.1, 7.5])


def test_a_pulse_measures_what_a_slow_loop_finds():
    torch.manual_seed(0)
    x, x_hat = torch.rand(50, 1, 4, 4), torch.rand(50, 1, 4, 4)
    mu, logvar = torch.randn(50, 3) * torch.tensor([1.0, 1e-3, 0.3]), torch.zeros(50, 3)
    pulse = CodeMonitor()
    for part in (slice(0, 20), slice(20, 50)):
        code = Code(mu[part], mu[part], logvar[part])
        pulse.update(Output(x[part], code, x_hat[part], x_hat[part]), x[part])
    found = pulse.vitals()
    assert found.error == pytest.approx(float((x - x_hat).square().mean()))
    assert found.error_of_mean == pytest.approx(float((x - x.mean(0)).square().mean()))
    assert found.n_active == 2
    normal = torch.distributions.Normal
    of_each = torch.distributions.kl_divergence(normal(mu, 1.0), normal(0.0, 1.0)).sum(1)
    assert found.kl_nats == pytest.approx(float(of_each.mean()), rel=1e-5)


def test_a_pulse_counts_entries_and_still_units():
    entries = torch.randint(0, 10, (50, 4), generator=torch.Generator().manual_seed(0))
    x = torch.rand(50, 6)
    z = torch.zeros(50, 8)
    pulse = CodeMonitor(16)
    pulse.update(Output(x, Code(z, z_e=z, entries=entries), x, x), x)
    assert pulse.vitals().perplexity == pytest.approx(perplexity(entries, 16))
    z[:, :3] = torch.randn(50, 3)
    pulse = CodeMonitor()
    pulse.update(Output(x, Code(z), x, x), x)
    assert pulse.vitals().n_still == 5


def test_a_vae_under_a_huge_price_is_called_collapsed_and_the_same_without_is_not(digits):
    def note(weight):
        terms = (
            BceSpec(reduction="sum"),
            KlSpec(reduction="sum", weight=weight),
        )
        spec = a_run(**{**VAE, "objective": terms}, network=NetworkSpec(widths=(32,)), n_epochs=20)
        return [record.note for record in fit(digits, spec) if record.whole]

    assert "Posterior collapse" in note(1000.0)[-1]
    assert note(1000.0)[0] == ""  # a network that has hardly begun is not judged
    assert not any("collapse" in words for words in note(1.0))


def test_a_sparse_code_under_a_huge_price_is_called_dead(digits):
    spec = a_run(**SPARSE, network=NetworkSpec(kind="linear"), n_epochs=12)
    spec = spec.model_copy(update={"optimizer": OptimizerSpec(lr=5e-3)})
    assert "Dead code" in [record.note for record in fit(digits, spec) if record.whole][-1]


def test_perplexity_is_told_beside_the_terms_and_is_no_part_of_the_loss(digits):
    spec = a_run(
        network=NetworkSpec(kind="conv", widths=(8,)),
        code=QuantizedCodeSpec(n_dims=4, codebook_size=16),
        objective=(MseSpec(), CommitmentSpec(weight=0.25)),
        n_epochs=2,
    )
    record = [record for record in fit(digits, spec) if record.whole][-1]
    assert 1.0 < record.val["perplexity"] <= 16.0
    whole = record.val["mse"] + 0.25 * record.val["commitment"]
    assert record.val["loss"] == pytest.approx(whole, rel=1e-5)
    assert "perplexity" not in record.train


def test_denoising_is_judged_against_the_clean_pictures(digits):
    spec = a_run(
        corruption=CorruptionSpec(kind="masking", level=0.3),
        optimizer=OptimizerSpec(lr=5e-3),
        batch_size=32,
        n_epochs=6,
    )
    assert not any(record.note for record in fit(digits, spec) if record.whole)
