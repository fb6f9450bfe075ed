"""Training in bfloat16: the networks alone are, and what a loss says of them is in float32."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial

import numpy as np
import pytest
import torch

from aecore.data.samples import SampleSet
from aecore.metrics.pictures import ssim
from aecore.models.autoencoder import new_model
from aecore.models.codes import QuantizedCode
from aecore.models.networks import Noise
from aecore.objectives.objective import Objective, partners_of
from aecore.recipes import GENERAL, recipe
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec
from aecore.specs.run import NetworkSpec
from aecore.specs.terms import (
    AdversarialCodeSpec,
    AdversarialImageSpec,
    ContractiveSpec,
    IwaeSpec,
    MseSpec,
    SsimSpec,
)
from aecore.training.fit import fit
from tests.core.conftest import SOME_DATA, a_run

SHAPE = (1, 8, 8)
in_bfloat16 = partial(torch.autocast, "cpu", torch.bfloat16)


def some_of(digits, n_train=64, n_val=32):
    train, val = digits.parts["train"][:n_train], digits.parts["val"][:n_val]
    return SampleSet(digits.x, {"train": train, "val": val, "test": val[:0]}, digits.labels)


@pytest.mark.parametrize("name", GENERAL)
def test_every_recipe_trains_as_in_float32(digits, name):
    near = 0.1 if name == "vq-vae" else 0.05  # a vector on the border of two entries may change
    samples, found = some_of(digits), {}
    for precision in ("float32", "bf16"):
        spec = recipe(name).spec(SOME_DATA, n_epochs=3, batch_size=16, precision=precision)
        found[precision] = [record for record in fit(samples, spec) if record.whole]
    assert len(found["bf16"]) == 3
    for mine, other in zip(found["bf16"], found["float32"], strict=True):
        assert mine.train == pytest.approx(other.train, rel=near, abs=0.02)
        assert mine.train["loss"] == pytest.approx(other.train["loss"], rel=near)
        assert mine.val["loss"] == pytest.approx(other.val["loss"], rel=near)
        assert mine.train != other.train


def test_ssim_of_bright_and_flat_pictures_is_right_to_float32():
    """`E[x²] - E[x]²` of values near 1 has nothing left of eight bits."""
    rng = np.random.default_rng(0)
    x = rng.integers(238, 244, (80, 1, 16, 16)).astype(np.uint8)
    rows = np.arange(80)
    samples = SampleSet(x, {"train": rows[:48], "val": rows[48:], "test": rows[:0]})
    spec = a_run(objective=(SsimSpec(),), precision="bf16", n_epochs=1)
    *_, last = fit(samples, spec)
    clean = samples.scaled(rows[48:])
    with torch.no_grad(), in_bfloat16():
        x_hat = last.progression.model.eval()(torch.from_numpy(clean)).x_hat
    expected = 1.0 - ssim(clean, x_hat.float().numpy())
    assert last.val["ssim"] == pytest.approx(expected.mean(), abs=2e-4)


def test_a_sigmoid_that_is_nearly_sure_still_has_a_slope():
    model = new_model(a_run(), SHAPE)
    last = [layer for layer in model.decoder if hasattr(layer, "bias")][-1]
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.constant_(last.bias, 7.0)
    with in_bfloat16():
        output = model(torch.rand(1, *SHAPE))
    output.x_hat.square().sum().backward()
    sure = 1.0 / (1.0 + np.exp(-7.0))
    expected = torch.full((64,), 2.0 * sure**2 * (1.0 - sure))
    assert torch.allclose(last.bias.grad, expected, rtol=0.01)


def test_each_vector_gets_the_entry_that_is_nearest_in_float64():
    code = QuantizedCode((8, 16, 16), 8, 64, 0.9, Noise()).eval()
    h = torch.randn(32, 8, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), in_bfloat16():
        found = code(h)
        snapped = code.snap(found.z_e)
    vectors = found.z_e.view(32, 8, 256).transpose(1, 2).reshape(-1, 8)
    nearest = torch.cdist(vectors.double(), code.weights.double()).argmin(1)
    assert torch.equal(found.entries.flatten(), nearest)
    assert torch.allclose(snapped, found.z, atol=1e-6)


RUN_A_NETWORK = {
    "iwae": {"objective": (IwaeSpec(),), "code": GaussianCodeSpec(n_dims=3)},
    "contractive": {"objective": (MseSpec(), ContractiveSpec())},
    "contractive, one layer": {
        "objective": (MseSpec(), ContractiveSpec()),
        "network": NetworkSpec(kind="linear", widths=()),
        "code": PlainCodeSpec(n_dims=16, activation="sigmoid"),
    },
    "adversarial_code": {"objective": (MseSpec(), AdversarialCodeSpec())},
    "adversarial_image": {"objective": (MseSpec(), AdversarialImageSpec())},
}


@pytest.mark.parametrize("name", RUN_A_NETWORK)
def test_terms_that_run_a_network_do_so_in_bfloat16_and_count_in_float32(name):
    spec = a_run(**RUN_A_NETWORK[name])
    model = new_model(spec, SHAPE)
    partners = partners_of(spec.objective, SHAPE, model.plan.n_dims, seed=0)
    x = torch.rand(16, *SHAPE, generator=torch.Generator().manual_seed(0))

    def told(autocast):
        multiplied = []
        hooks = [
            layer.register_forward_hook(lambda *given: multiplied.append(given[2].dtype))
            for part in (model, partners)
            for layer in part.modules()
            if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d)
        ]
        model.noise.seed(0, torch.device("cpu"))
        output = model(x, draw=True)
        multiplied.clear()
        objective = Objective(spec.objective, partners=partners, autocast=autocast)
        loss = objective(output, x, model, training=True)
        for hook in hooks:
            hook.remove()
        return loss, multiplied

    plain, in_float32 = told(nullcontext)
    fast, in_16_bits = told(in_bfloat16)
    assert set(in_float32) == {torch.float32}
    assert set(in_16_bits) == {torch.bfloat16}
    assert fast.total.dtype == torch.float32
    assert torch.allclose(fast.values, plain.values, rtol=0.02)
    assert not torch.equal(fast.values, plain.values)
