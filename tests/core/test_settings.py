"""Settings act where their specs say so: tried on what they are settings of."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecore.artifact import run_to_end
from aecore.data import public
from aecore.data.sources import SOURCES, is_here
from aecore.maps.latent_map import lay_out
from aecore.maps.layouts.layout import Distinct
from aecore.models.autoencoder import new_model
from aecore.models.corruption import corrupt
from aecore.models.networks import Noise
from aecore.models.plan import plan
from aecore.objectives.objective import TERMS, Objective, partners_of
from aecore.photos.samples import sample_photo
from aecore.specs.codes import GaussianCodeSpec, PlainCodeSpec, QuantizedCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.maps import UmapSpec
from aecore.specs.photos import PhotoSpec
from aecore.specs.run import CorruptionSpec, NetworkSpec, OptimizerSpec, RunSpec
from aecore.specs.term import TermSpec
from aecore.specs.terms import TERM_SPECS
from aecore.training.fit import fit
from aecore.training.optim import make_optimizer
from tests.core.conftest import a_run
from tests.core.specs_asked import (
    CORRUPTIONS,
    KEYS,
    METHODS,
    NETWORKS,
    OPTIMIZERS,
    acts,
    other_value,
    put,
    settings_of,
    ways_of,
)


@pytest.mark.parametrize("name", TERMS)
def test_every_setting_of_a_term_changes_its_value(name) -> None:
    code = PlainCodeSpec(activation="sigmoid", n_dims=4)
    if name in ("kl", "total_correlation", "iwae"):
        code = GaussianCodeSpec(n_dims=4)
    if name == "commitment":
        code = QuantizedCodeSpec(n_dims=4, codebook_size=5)
    kind = "conv" if name == "commitment" else "dense"
    output = "columns" if name == "columns" else "sigmoid"
    network = NetworkSpec(kind=kind, widths=(6,), output=output)
    run = RunSpec(data=KEYS["data"]).model_copy(update={"network": network, "code": code})
    x = torch.rand(5, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    x = x.flatten(1) if name == "columns" else x
    model = new_model(run, x.shape[1:])

    def value(term: TermSpec) -> float:
        model.noise.seed(0, torch.device("cpu"))
        partners = partners_of((term,), x.shape[1:], 4, 0)
        loss = Objective((term,), partners=partners)(model(x), x, model, training=True)
        return loss.values[1].item()

    term = TERM_SPECS[name]()
    value(term)  # a codebook begins at the first batch
    for way in settings_of(term):
        if way not in (("weight",), ("warmup",)):  # of the sum, and of the run
            assert value(put(term, way, other_value(term, way))) != value(term), way


@pytest.mark.parametrize("spec", CORRUPTIONS, ids=lambda spec: spec.kind)
def test_settings_of_a_noise_change_it_where_they_are_said_to(spec) -> None:
    x = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(0))

    def suffered(how: CorruptionSpec) -> torch.Tensor:
        noise = Noise()
        noise.seed(0, torch.device("cpu"))
        return corrupt(x, how, noise)

    strong = spec.model_copy(update={"level": 0.9})
    assert torch.equal(suffered(strong), suffered(spec)) != acts(spec, ("level",))
    for changed, way in ways_of(strong):
        if way != ("level",):
            assert torch.equal(suffered(changed), suffered(strong)) != acts(changed, way), way


@pytest.mark.parametrize("spec", OPTIMIZERS, ids=lambda spec: spec.name)
def test_momentum_moves_weights_where_it_is_said_to(spec) -> None:
    def moved(how: OptimizerSpec) -> torch.Tensor:
        weights = torch.nn.Parameter(torch.ones(3))
        optimizer = make_optimizer([weights], how)
        for _ in range(3):
            optimizer.zero_grad()
            weights.square().sum().backward()
            optimizer.step()
        return weights.detach()

    for changed, way in ways_of(spec):
        assert torch.equal(moved(changed), moved(spec)) != acts(changed, way), way


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.kind)
def test_settings_of_a_network_change_its_plan_where_they_are_said_to(spec) -> None:
    laid = plan(spec, PlainCodeSpec(), (1, 16, 16))
    for changed, way in ways_of(spec):
        assert (plan(changed, PlainCodeSpec(), (1, 16, 16)) != laid) == acts(changed, way), way
    wide = a_run(network=NetworkSpec(output="linear"), code=PlainCodeSpec(n_dims=3, top_k=3))
    assert new_model(wide, (1, 8, 8)).code.top_k is None


def test_a_run_with_every_idle_setting_turned_learns_the_same_weights(digits) -> None:
    plain = a_run(beside=NetworkSpec(widths=(4,)), n_epochs=1)
    turned = plain.model_copy(
        update={
            "beside": NetworkSpec(widths=(4,), output="linear"),
            "code": plain.code.model_copy(update={"top_k": plain.code.n_dims}),
            "corruption": CorruptionSpec(level=0.9, mean=0.2, clip=False),
            "optimizer": plain.optimizer.model_copy(update={"momentum": 0.1}),
        }
    )
    assert turned != plain
    assert turned.key == plain.key
    one, other = (list(fit(digits, spec))[-1].progression.model for spec in (plain, turned))
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    "method",
    [pytest.param(each, id=each.name) for each in METHODS if not isinstance(each, UmapSpec)]
    + [pytest.param(UmapSpec(n_neighbors=8), id="umap", marks=pytest.mark.slow)],
)
def test_every_setting_of_a_method_moves_the_points_of_its_map(method) -> None:
    z = np.random.default_rng(0).normal(size=(90, 5)).astype(np.float32)
    positions = run_to_end(lay_out(Distinct.of(z), method)).positions
    for way in settings_of(method):
        if way != ("engine",):  # that needs a GPU
            changed = put(method, way, other_value(method, way))
            moved = run_to_end(lay_out(Distinct.of(z), changed)).positions
            assert not np.array_equal(moved, positions), way


@pytest.mark.parametrize("noise", ["none", "white", "light", "jpeg"])
def test_settings_of_a_sample_photograph_change_it_where_they_are_said_to(noise) -> None:
    spec = PhotoSpec(sample="camera", noise=noise)
    usual = sample_photo("camera", noise, spec.sigma, spec.seed).x
    for changed, way in ways_of(spec):
        if way != ("noise",):
            x = sample_photo("camera", noise, changed.sigma, changed.seed).x
            assert np.array_equal(x, usual) != acts(changed, way), way


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "own"])
def test_a_share_to_test_on_acts_where_a_set_has_no_test_part_of_its_own(name) -> None:
    if not is_here(name):
        pytest.skip(f"{name} is not in the data folder")
    comes_with_one = SOURCES[name].how == "download" and public.read(name).is_test is not None
    assert acts(DataSpec(source=name), ("test_fraction",)) != comes_with_one
