"""A model that begins as PCA reconstructs as PCA does before its first step, and learns on."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from aecore.data.samples import SampleSet
from aecore.errors import SpecError
from aecore.export.portable import portable
from aecore.models.augmentation import augmented
from aecore.models.networks import Noise
from aecore.models.pca_start import components
from aecore.runs import OpenRun
from aecore.specs.codes import CodeSpec, GaussianCodeSpec, PlainCodeSpec
from aecore.specs.run import AugmentSpec, NetworkSpec, OptimizerSpec, RunSpec
from aecore.specs.terms import KlSpec, MseSpec
from aecore.training.begin import begin
from aecore.training.fit import fit
from tests.core.conftest import SOME_DATA

CPU = torch.device("cpu")
DENSE = NetworkSpec(widths=(32,), batch_norm=True, output="linear", pca_start=True)


def _spec(network: NetworkSpec = DENSE, code: CodeSpec | None = None, **more: object) -> RunSpec:
    return RunSpec.of(data=SOME_DATA, network=network, code=code or PlainCodeSpec(n_dims=8), **more)


def _held_out(samples: SampleSet) -> torch.Tensor:
    return torch.from_numpy(samples.scaled(samples.parts["test"]))


def _pca_error(samples: SampleSet, n: int) -> float:
    train = samples.scaled(samples.parts["train"]).reshape(len(samples.parts["train"]), -1)
    found = PCA(n, svd_solver="full").fit(train)
    x = _held_out(samples).flatten(1).numpy()
    return float(np.square(found.inverse_transform(found.transform(x)) - x).mean())


def _error(samples: SampleSet, spec: RunSpec) -> float:
    model = begin(samples, spec, CPU).model.eval()
    x = _held_out(samples)
    with torch.inference_mode():
        return float((model.decode(model.encode(x).point) - x).square().mean())


@pytest.mark.parametrize("kind", ["linear", "dense", "conv", "resnet"])
def test_every_network_begins_at_the_error_of_pca(digits, kind):
    network = DENSE.model_copy(update={"kind": kind, "widths": (16, 8)})
    assert _error(digits, _spec(network)) == pytest.approx(_pca_error(digits, 8), rel=1e-3)


@pytest.mark.parametrize("activation", ["relu", "gelu", "silu", "softplus", "leaky_relu"])
def test_two_units_stand_for_a_component_where_one_side_is_cut_off(digits, activation):
    network = NetworkSpec(kind="linear", output="linear", pca_start=True)
    found = _error(digits, _spec(network, PlainCodeSpec(n_dims=16, activation=activation)))
    assert found == pytest.approx(_pca_error(digits, 8), rel=1e-3)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "elu"])
def test_units_that_are_straight_near_zero_begin_near_the_error_of_pca(digits, activation):
    network = NetworkSpec(kind="linear", output="linear", pca_start=True)
    found = _error(digits, _spec(network, PlainCodeSpec(n_dims=8, activation=activation)))
    assert found < 1.15 * _pca_error(digits, 8)


def test_the_largest_of_many_components_keep_more_than_the_first_ones(digits):
    network = NetworkSpec(kind="linear", output="linear", pca_start=True)
    assert _error(digits, _spec(network, PlainCodeSpec(n_dims=32, top_k=8))) < _pca_error(digits, 8)


def test_a_gaussian_code_begins_as_probabilistic_pca(digits):
    weight = 50.0  # of squared error: noise of variance 0.01
    bound = (
        MseSpec(reduction="sum", weight=weight),
        KlSpec(reduction="sum"),
    )
    spec = _spec(code=GaussianCodeSpec(n_dims=8), objective=bound)
    model = begin(digits, spec, CPU).model.eval()
    train = torch.from_numpy(digits.scaled(digits.parts["train"])).flatten(1).double()
    centred = train - train.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(train))
    values, vectors = values[-8:].flip(0), vectors[:, -8:].flip(1)
    loadings = vectors * (values - 0.01).sqrt()  # Tipping & Bishop 1999, eq. 7
    x = _held_out(digits)
    posterior = (loadings.T @ loadings + 0.01 * torch.eye(8)).inverse()
    wanted = (x.flatten(1).double() - train.mean(0)) @ loadings @ posterior
    with torch.inference_mode():
        code = model.encode(x)
    assert torch.allclose(code.mu.abs(), wanted.abs().float(), atol=2e-3)
    assert code.logvar.exp()[0].tolist() == pytest.approx((0.01 / values).tolist(), rel=1e-3)


def test_few_samples_leave_the_other_units_to_the_network(digits):
    x = digits.x[digits.parts["train"][:10]]
    few = SampleSet(x, {"train": np.arange(8), "val": np.arange(8, 10), "test": np.arange(8, 10)})
    model = begin(few, _spec(code=PlainCodeSpec(n_dims=16)), CPU).model
    assert model.path is not None
    assert int((model.path.out.abs().sum(0) > 0).sum()) == 7
    assert all(torch.isfinite(value).all() for value in model.state_dict().values())


def test_what_is_trained_beside_the_components_gets_ahead_of_them(digits):
    spec = _spec(n_epochs=8, batch_size=32, optimizer=OptimizerSpec(schedule="cosine"))
    *_, last = fit(digits, spec, publish_s=9.0)
    model, x = last.progression.model.eval(), _held_out(digits)
    with torch.inference_mode():
        error = float((model(x).x_hat - x).square().mean())
    assert error < 0.93 * _pca_error(digits, 8)
    assert not any(parameter is model.path.out for parameter in model.parameters())


def test_components_are_those_of_a_full_decomposition_also_where_few_of_many_are_wanted():
    rng = np.random.default_rng(0)
    low = rng.normal(size=(1200, 6)) @ rng.normal(size=(6, 1100)) * 3
    x = torch.from_numpy((low + rng.normal(size=low.shape) * 0.1).astype(np.float32))
    found = components(x, 6)
    wanted = PCA(6, svd_solver="full").fit(x.numpy())
    assert np.abs(found.axes.numpy() @ wanted.components_.T).max(1).min() > 0.9999
    assert found.deviations.numpy() == pytest.approx(np.sqrt(wanted.explained_variance_), rel=1e-2)


def test_the_decoder_is_told_with_its_linear_path(digits):
    network = NetworkSpec(
        kind="conv", widths=(8,), batch_norm=True, output="linear", pca_start=True
    )
    spec = _spec(network)
    model = begin(digits, spec, CPU).model.eval().requires_grad_(False)
    frame = SampleSet(x=np.empty((0, *digits.shape), np.uint8), parts={})
    run = OpenRun("run-path", spec, model, frame, 1)
    z = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    found = 255 * np.clip(portable(run, z).values(z), 0, 1)
    assert np.abs(found - run.decode(z)).max() <= 1.6
    assert np.ptp(found) > 20


def test_a_sigmoid_output_cannot_begin_as_pca():
    with pytest.raises(SpecError, match="PCA"):
        RunSpec.of(data=SOME_DATA, network=NetworkSpec(pca_start=True))


def test_a_varied_picture_is_mirrored_or_moved_and_nothing_else():
    x = torch.arange(2 * 3 * 5 * 6, dtype=torch.float32).reshape(2, 3, 5, 6)
    noise = Noise()
    seen = set()
    for seed in range(40):
        noise.seed(seed, CPU)
        y = augmented(x, AugmentSpec(mirror=True, shift_px=1), noise)
        assert y.shape == x.shape
        for one, before in zip(y, x, strict=True):
            way = [
                (turn, down, right)
                for turn in (False, True)
                for down in (-1, 0, 1)
                for right in (-1, 0, 1)
                if torch.equal(one, _moved(before.flip(2) if turn else before, down, right))
            ]
            assert len(way) == 1
            seen.add(way[0])
    assert len(seen) == 18


def _moved(x: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """What np.pad and a cut give."""
    wide = np.pad(x.numpy(), ((0, 0), (1, 1), (1, 1)), mode="edge")
    H, W = x.shape[1:]
    return torch.from_numpy(wide[:, 1 + down : 1 + down + H, 1 + right : 1 + right + W].copy())
