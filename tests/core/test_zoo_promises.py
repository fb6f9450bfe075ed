"""Recipes keep what their families promise, on scikit-learn's digits in a few seconds each."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecore.data.samples import SampleSet
from aecore.models.autoencoder import Autoencoder, Output
from aecore.objectives.mmd import imq_mmd
from aecore.recipes import RECIPES
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec
from aecore.specs.terms import BceSpec, KlSpec, MseSpec, SparseKlSpec
from aecore.training.fit import fit
from tests.core.conftest import SOME_DATA

pytestmark = pytest.mark.slow

CONV = NetworkSpec(kind="conv", widths=(16, 32), batch_norm=True)


def trained(name: str, samples: SampleSet, **changes: object) -> Autoencoder:
    spec = RECIPES[name].spec(SOME_DATA, **{"n_epochs": 12, **changes})
    *_, last = fit(samples, spec, publish_s=9.0)
    return last.progression.model.eval()


def held_out(samples: SampleSet) -> torch.Tensor:
    return torch.from_numpy(samples.scaled(samples.parts["test"]))


@torch.no_grad()
def seen(model: Autoencoder, samples: SampleSet) -> tuple[torch.Tensor, Output]:
    x = held_out(samples)
    return x, model(x)


def n_still(z: torch.Tensor) -> int:
    """Units that say the same of every sample."""
    return int((z.amax(0) - z.amin(0) < 1e-3 * z.abs().max()).sum())


def sharpness(x: torch.Tensor) -> float:
    """Mean difference of neighbouring pixels."""
    return float(x.diff(dim=3).abs().mean() + x.diff(dim=2).abs().mean())


@pytest.mark.parametrize("name", ["sparse", "k-sparse"])
def test_at_least_nine_units_in_ten_of_a_sparse_code_live(digits, name):
    x, output = seen(trained(name, digits), digits)
    D = output.code.z.shape[1]
    assert n_still(output.code.z) <= D // 10
    assert (output.x_hat - x).square().mean() < 0.5 * (x - x.mean(0)).square().mean()


def test_units_that_are_not_standardized_die_of_the_same_price(digits):
    """So that the test above can fail."""
    rate = OptimizerSpec(lr=1e-2)
    bare = PlainCodeSpec(n_dims=128, activation="relu")
    _, alone = seen(trained("sparse", digits, code=bare, optimizer=rate), digits)
    _, eased = seen(trained("sparse", digits, optimizer=rate), digits)
    assert n_still(alone.code.z) > 12 >= n_still(eased.code.z)


@pytest.mark.parametrize(("target", "weight"), [(0.1, 1.0), (0.05, 2.0)])
def test_units_are_as_active_as_was_asked_for(digits, target, weight):
    asked = SparseKlSpec(weight=weight, target=target)
    model = trained("sparse-kl", digits, objective=(MseSpec(), asked))
    _, output = seen(model, digits)
    assert float(output.code.z.mean()) == pytest.approx(target, rel=0.2)


def test_an_info_vae_says_more_than_a_vae_and_still_fills_the_prior(digits):
    def judged(model: Autoencoder) -> tuple[float, float]:
        _, output = seen(model, digits)
        code = output.code
        q = torch.distributions.Normal(code.mu, (0.5 * code.logvar).exp())
        p = torch.distributions.Normal(torch.zeros(()), torch.ones(()))
        noise = torch.Generator().manual_seed(0)
        drawn = torch.randn(2, *code.mu.shape, generator=noise)
        apart = imq_mmd(code.mu + drawn[0] * q.stddev, drawn[1])
        return float(torch.distributions.kl_divergence(q, p).sum(1).mean()), float(apart)

    cheap = RECIPES["info-vae"].settings["objective"][:2]  # all but the pull of the cloud
    nats, apart = judged(trained("info-vae", digits))
    nats_of_vae, _ = judged(trained("vae", digits))
    _, apart_without = judged(trained("info-vae", digits, objective=cheap))
    assert nats > 1.3 * nats_of_vae
    assert apart < apart_without


def test_a_vae_gan_is_sharper_than_a_vae_of_the_same_network(digits):
    bound = (BceSpec(reduction="sum"), KlSpec(reduction="sum"))
    x, of_gan = seen(trained("vae-gan", digits, network=CONV), digits)
    _, of_vae = seen(trained("vae-gan", digits, network=CONV, objective=bound), digits)
    kept = [sharpness(some.x_hat) / sharpness(x) for some in (of_gan, of_vae)]
    assert kept[1] < kept[0] - 0.1 < 1.0
    assert (of_gan.x_hat - x).square().mean() < 0.9 * (x - x.mean(0)).square().mean()


@pytest.mark.parametrize("seed", range(5))
def test_the_critic_of_codes_ends_undecided_whatever_the_seed(digits, seed):
    spec = RECIPES["aae"].spec(SOME_DATA, n_epochs=20, seed=seed, batch_size=64)
    whole = [record for record in fit(digits, spec, publish_s=9.0) if record.whole]
    told = [record.train["adversarial_code"] for record in whole[-5:]]
    assert np.mean(told) == pytest.approx(np.log(2), abs=0.3)
    assert not any("critic" in record.note or "collapse" in record.note for record in whole)
