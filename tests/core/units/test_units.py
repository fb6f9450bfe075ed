"""What units answer to, by second routes: matrices by hand, loops, torch.distributions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecore.data.samples import SampleSet
from aecore.errors import DataError
from aecore.models.autoencoder import new_model
from aecore.runs import OpenRun
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.specs.terms import BceSpec, KlSpec
from aecore.units.pictures import decoded_differences, weight_pictures
from aecore.units.units import (
    UnitLayer,
    activations,
    active_share,
    kl_of_dimensions,
    layer_of,
    layers_of,
    look_at_units,
)
from tests.core.conftest import a_run


def untrained(samples: SampleSet, **settings: object) -> OpenRun:
    """A run with its first weights."""
    spec = a_run(**settings)
    assert isinstance(spec, RunSpec)
    model = new_model(spec, samples.shape)
    model.eval().requires_grad_(False)
    frame = SampleSet(x=samples.x[:0], parts={})
    return OpenRun("run-" + "1" * 24, spec, model, frame, 1)


@pytest.fixture
def dense(digits: SampleSet) -> OpenRun:
    network = NetworkSpec(widths=(20, 12), batch_norm=True)
    return untrained(digits, network=network, code=PlainCodeSpec(n_dims=5))


@pytest.fixture
def conv(digits: SampleSet) -> OpenRun:
    return untrained(
        digits, network=NetworkSpec(kind="conv", widths=(6, 7)), code=PlainCodeSpec(n_dims=3)
    )


@pytest.fixture
def vae(digits: SampleSet) -> OpenRun:
    terms = (BceSpec(reduction="sum"), KlSpec())
    return untrained(digits, code=GaussianCodeSpec(n_dims=4), objective=terms)


# Layers --------------------------------------------------------------------------------------


def test_layers_are_named_from_the_pixels_to_the_code(dense: OpenRun, conv: OpenRun) -> None:
    assert [(layer.name, layer.n_units) for layer in layers_of(dense)] == [
        ("layer-1", 20),
        ("layer-2", 12),
        ("code", 5),
    ]
    assert [layer.shape for layer in layers_of(conv)] == [(6, 4, 4), (7, 2, 2), (3,)]
    assert "6 channels of 4×4" in layers_of(conv)[0].label
    assert [layer.activation for layer in layers_of(dense)] == ["relu", "relu", "identity"]


def test_a_layer_that_is_not_there_is_told(dense: OpenRun) -> None:
    assert layer_of(dense, "layer-2").n_units == 12
    with pytest.raises(DataError, match="layer-9"):
        layer_of(dense, "layer-9")


# Answers -------------------------------------------------------------------------------------


def test_answers_of_a_dense_layer_are_those_of_the_matrices(
    dense: OpenRun, digits: SampleSet
) -> None:
    state = {name: value.numpy() for name, value in dense.model.encoder.state_dict().items()}
    h = digits.x[:50].reshape(50, -1) / 255.0
    for linear, norm in ((1, 2), (4, 5)):
        h = h @ state[f"{linear}.weight"].T + state[f"{linear}.bias"]
        h = (h - state[f"{norm}.running_mean"]) / np.sqrt(state[f"{norm}.running_var"] + 1e-5)
        h = np.maximum(0, h * state[f"{norm}.weight"] + state[f"{norm}.bias"])
        name = f"layer-{1 + (linear > 1)}"
        found = activations(dense, digits.x[:50], layer_of(dense, name))
        assert np.allclose(found, h, atol=1e-5)


@pytest.mark.parametrize("over", ["max", "mean"])
def test_a_channel_answers_with_its_largest_or_mean_place(
    conv: OpenRun, digits: SampleSet, over: str
) -> None:
    layer = layer_of(conv, "layer-1")
    found = activations(conv, digits.x[:30], layer, over=over)  # type: ignore[arg-type]
    weight, bias = conv.model.encoder[0].weight.numpy(), conv.model.encoder[0].bias.numpy()
    padded = np.pad(digits.x[:30, 0] / 255.0, ((0, 0), (1, 1), (1, 1)))
    maps = np.zeros((30, 6, 4, 4))
    for i in range(4):
        for j in range(4):
            patch = padded[:, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4]
            maps[:, :, i, j] = np.einsum("nab,uab->nu", patch, weight[:, 0]) + bias
    maps = np.maximum(0, maps)
    wanted = maps.max((2, 3)) if over == "max" else maps.mean((2, 3))
    assert np.allclose(found, wanted, atol=1e-5)


def test_answers_of_the_code_are_the_codes(vae: OpenRun, digits: SampleSet) -> None:
    found = activations(vae, digits.x[:300], layer_of(vae, "code"))
    assert np.array_equal(found, vae.encode(digits.x[:300]))


def test_samples_of_another_shape_are_told(dense: OpenRun) -> None:
    with pytest.raises(DataError, match="reads samples of shape"):
        activations(dense, np.zeros((2, 1, 9, 9), np.uint8), layer_of(dense, "layer-1"))


# What is seen --------------------------------------------------------------------------------


def test_the_samples_that_drive_a_unit_most_and_least_are_its_extremes(
    dense: OpenRun, digits: SampleSet
) -> None:
    seen = look_at_units(dense, digits.x[:200], layer_of(dense, "code"))
    column = seen.answers[:, 3].tolist()
    assert column[seen.most(3, 1)[0]] == max(column)
    assert column[seen.least(3, 1)[0]] == min(column)
    assert [column[i] for i in seen.most(3, 8)] == sorted(column, reverse=True)[:8]


def test_how_often_a_relu_unit_is_active_is_counted(dense: OpenRun, digits: SampleSet) -> None:
    seen = look_at_units(dense, digits.x[:200], layer_of(dense, "layer-1"))
    slow = [sum(value > 0 for value in column) / 200 for column in seen.answers.T.tolist()]
    assert np.allclose(seen.active, slow)
    assert 0 < seen.active.mean() < 1


def test_a_unit_that_never_answers_or_always_the_same_is_dead_and_no_other(
    dense: OpenRun, digits: SampleSet
) -> None:
    with torch.no_grad():
        dense.model.encoder[2].bias[4] = -1000.0  # never above 0 after normalization
        dense.model.encoder[2].weight[7] = 0.0
        dense.model.encoder[2].bias[7] = 3.0  # always 3
    seen = look_at_units(dense, digits.x[:300], layer_of(dense, "layer-1"))
    always = (seen.answers == 0).all(0) | (seen.answers.std(0) == 0)
    assert {4, 7} <= set(np.flatnonzero(seen.is_dead))
    assert np.array_equal(seen.is_dead, always)
    assert seen.active[4] == 0
    assert seen.active[7] == 1


@pytest.mark.parametrize(
    ("activation", "inputs_above_zero"),
    [("relu", True), ("elu", True), ("gelu", True), ("sigmoid", True), ("softplus", True)],
)
def test_active_means_that_the_weighted_input_is_above_zero(
    activation: str, inputs_above_zero: bool
) -> None:
    inputs = torch.randn(500, 4, generator=torch.Generator().manual_seed(0))
    answers = getattr(torch.nn.functional, activation)(inputs).numpy()
    wanted = (inputs.numpy() > 0).mean(0)
    assert np.allclose(active_share(answers, activation), wanted)


def test_where_both_signs_are_answers_a_tenth_of_the_largest_counts() -> None:
    answers = np.array([[-1.0, 0.05], [0.5, -0.05], [0.02, 0.11]])
    assert active_share(answers, "identity") == pytest.approx([2 / 3, 1 / 3])


def test_kl_of_each_dimension_is_that_of_torch(vae: OpenRun, digits: SampleSet) -> None:
    seen = look_at_units(vae, digits.x[:400], layer_of(vae, "code"))
    code = vae.encode_fully(digits.x[:400])
    assert code.logvar is not None
    q = torch.distributions.Normal(
        torch.from_numpy(code.point), torch.from_numpy(np.exp(0.5 * code.logvar))
    )
    wanted = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).mean(0)
    assert seen.kl is not None
    assert np.allclose(seen.kl, wanted.numpy(), atol=1e-5)
    assert np.allclose(kl_of_dimensions(np.zeros((3, 2)), np.zeros((3, 2))), 0)


def test_a_collapsed_dimension_of_a_gaussian_code_is_dead(vae: OpenRun, digits: SampleSet) -> None:
    with torch.no_grad():
        vae.model.code.mu.weight *= 20  # the first weights are small: all would be inactive
        vae.model.code.mu.weight[2] *= 1e-4
    seen = look_at_units(vae, digits.x[:400], layer_of(vae, "code"))
    variance = vae.encode(digits.x[:400]).var(0)
    assert np.flatnonzero(seen.is_dead).tolist() == [2]
    assert (variance > 0.01).tolist() == [True, True, False, True]


def test_without_samples_or_with_answers_that_are_no_numbers_it_is_told(
    dense: OpenRun, digits: SampleSet
) -> None:
    layer = layer_of(dense, "layer-2")
    with pytest.raises(DataError, match="no sample"):
        look_at_units(dense, digits.x[:0], layer)
    with torch.no_grad():
        dense.model.encoder[1].weight[0, 20] = float("nan")
    with pytest.raises(DataError, match="not finite"):
        look_at_units(dense, digits.x[:9], layer)


# Pictures ------------------------------------------------------------------------------------


def test_the_picture_of_a_first_unit_drives_it_more_than_any_other_of_its_norm(
    dense: OpenRun,
) -> None:
    found = weight_pictures(dense, layer_of(dense, "layer-1"))
    assert found is not None
    assert found.pictures.shape == (20, 1, 8, 8)
    pixel = np.zeros((1, 64), np.float32)
    pixel[0, 13] = 1.0
    answer = dense.model.encoder[1](torch.from_numpy(pixel)) - dense.model.encoder[1].bias
    assert np.allclose(found.pictures[:, 0, 1, 5], answer.numpy()[0])
    assert weight_pictures(dense, layer_of(dense, "layer-2")) is None
    assert weight_pictures(dense, layer_of(dense, "code")) is None


def test_kernels_are_shown_of_the_first_convolution_alone(conv: OpenRun) -> None:
    first, second, _ = layers_of(conv)
    found = weight_pictures(conv, first)
    assert found is not None
    assert np.array_equal(found.pictures, conv.model.encoder[0].weight.numpy())
    assert weight_pictures(conv, second) is None


def test_a_linear_codes_weights_are_what_a_step_adds_to_the_picture(digits: SampleSet) -> None:
    network = NetworkSpec(kind="linear", widths=(), output="linear")
    run = untrained(digits, network=network, code=PlainCodeSpec(n_dims=3))
    (layer,) = layers_of(run)
    found = weight_pictures(run, layer)
    assert found is not None
    z = torch.tensor([[0.0, 0, 0], [0, 1, 0]])
    before, after = run.model.decode(z).numpy()
    assert np.allclose(after - before, found.pictures[1], atol=1e-6)


def test_a_change_of_one_number_is_the_difference_of_two_decoded_pictures(
    dense: OpenRun, digits: SampleSet
) -> None:
    z = dense.encode(digits.x[:500])
    found = decoded_differences(dense, z)
    assert found is not None
    low, high = z.mean(0), z.mean(0)
    low[2] -= 2 * z[:, 2].std()
    high[2] += 2 * z[:, 2].std()
    wanted = dense.decode(high[None])[0] / 255.0 - dense.decode(low[None])[0] / 255.0
    assert np.allclose(found.pictures[2], wanted, atol=1 / 254)
    assert found.top > 0


def test_rows_of_a_table_have_no_weight_pictures() -> None:
    rows = SampleSet(x=np.zeros((4, 6), np.float32), parts={})
    run = untrained(rows, network=NetworkSpec(output="linear"), code=PlainCodeSpec(n_dims=2))
    first, *_ = layers_of(run)
    assert isinstance(first, UnitLayer)
    assert weight_pictures(run, first) is None
    assert decoded_differences(run, np.ones((3, 2), np.float32)) is None
