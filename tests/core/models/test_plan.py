"""The plan says what the modules are, for any size of picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecore.errors import SpecError
from aecore.models.autoencoder import Autoencoder, new_model
from aecore.models.plan import plan_of
from aecore.specs.codes import CODE_SPECS, GaussianCodeSpec, PlainCodeSpec
from aecore.specs.run import NetworkSpec
from tests.core.conftest import a_run

SHAPES = [(1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 17, 45), (1, 64, 63), (1, 1, 9), (3, 256, 100)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["linear", "dense", "conv"])
@pytest.mark.parametrize("code", ["plain", "gaussian"])
def test_modules_follow_the_plan_for_any_size(shape, kind, code):
    widths = () if kind == "linear" else (6, 5, 4)
    spec = a_run(
        network=NetworkSpec(kind=kind, widths=widths, batch_norm=True, dropout=0.1),
        code=CODE_SPECS[code](n_dims=3),
    )
    model = new_model(spec, shape)
    model.noise.seed(0, torch.device("cpu"))
    x = torch.rand(2, *shape)
    for layers, modules in (
        (model.plan.encoder, model.encoder),
        (model.plan.decoder, model.decoder),
    ):
        value = x if layers is model.plan.encoder else torch.zeros(2, 3)
        for layer, module in zip(layers, modules, strict=True):
            value = module(value)
            assert tuple(value.shape[1:]) == layer.out_shape
            assert sum(p.numel() for p in module.parameters()) == layer.n_params
    assert sum(p.numel() for p in model.parameters()) == model.plan.n_params
    output = model(x)
    assert output.x_hat.shape == x.shape
    assert output.code.z.shape == (2, 3)


def test_a_vector_of_features_needs_no_picture():
    spec = a_run(network=NetworkSpec(widths=(7,)), code=PlainCodeSpec(n_dims=3, activation="tanh"))
    model = new_model(spec, (11,))
    x = torch.rand(4, 11, generator=torch.Generator().manual_seed(0))
    w = {name: value.detach().double().numpy() for name, value in model.named_parameters()}
    assert len(w) == 8

    def through(name, values):
        return values @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    hidden = np.maximum(through("encoder.1", x.double().numpy()), 0)
    z = np.tanh(through("code.z", hidden))
    raw = through("decoder.2", np.maximum(through("decoder.0", z), 0))
    output = model(x)
    assert np.allclose(output.code.z.detach(), z, atol=1e-6)
    assert np.allclose(output.x_hat.detach(), 1 / (1 + np.exp(-raw)), atol=1e-6)


def test_convolutions_on_rows_are_refused_with_a_way_out():
    with pytest.raises(SpecError, match="dense"):
        plan_of(a_run(network=NetworkSpec(kind="conv")), (11,))


def test_an_enormous_network_is_refused_before_memory_is_taken():
    with pytest.raises(SpecError, match="million parameters"):
        plan_of(a_run(network=NetworkSpec(widths=(4096, 4096))), (3, 256, 256))


def test_the_seed_alone_decides_the_first_weights():
    torch.manual_seed(1)
    first = new_model(a_run(seed=5), (1, 8, 8)).state_dict()
    torch.manual_seed(2)
    before = torch.random.get_rng_state()
    second = new_model(a_run(seed=5), (1, 8, 8)).state_dict()
    other = new_model(a_run(seed=6), (1, 8, 8)).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["code.z.weight"], other["code.z.weight"])
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("output", ["sigmoid", "linear"])
@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_an_untrained_decoder_answers_with_the_mean_it_was_given(kind, output):
    model = new_model(a_run(network=NetworkSpec(kind=kind, widths=(8,), output=output)), (3, 8, 8))
    last = [layer for layer in model.decoder if hasattr(layer, "weight")][-1]
    torch.nn.init.zeros_(last.weight)
    mean = torch.linspace(0.2, 0.8, 3)[:, None, None].expand(3, 8, 8)
    if kind == "dense":
        mean = mean * torch.linspace(0.5, 1.0, 8)
    model.start_at(mean)
    answer = model.eval().decode(torch.randn(5, model.plan.n_dims))
    assert torch.allclose(answer, mean.expand(5, -1, -1, -1), atol=1e-6)


def test_a_pixel_that_is_always_black_can_still_be_learnt():
    model = new_model(a_run(network=NetworkSpec(widths=(8,))), (1, 4, 4))
    model.start_at(torch.zeros(1, 4, 4))
    biases = [layer.bias for layer in model.decoder if hasattr(layer, "bias")][-1]
    assert torch.allclose(torch.sigmoid(biases), torch.full((16,), 0.01))


def test_a_gaussian_code_is_its_mean_or_a_draw_as_asked_for_whatever_the_mode():
    model: Autoencoder = new_model(a_run(code=GaussianCodeSpec(n_dims=4)), (1, 8, 8))
    model.noise.seed(3, torch.device("cpu"))
    x = torch.rand(1, 1, 8, 8).expand(20_000, -1, -1, -1)
    with torch.no_grad():
        drawn = model.eval().encode(x, draw=True)
        still = model.train().encode(x[:1])
    assert torch.equal(still.z, still.mu)
    assert torch.allclose(drawn.z.mean(0), still.mu[0], atol=0.05)
    assert torch.allclose(drawn.z.std(0), (0.5 * still.logvar[0]).exp(), rtol=0.05)
