"""Corrections behind the decoder and past the code: they begin as nothing, and then act."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aecore.data.samples import SampleSet
from aecore.errors import SpecError
from aecore.models.autoencoder import Autoencoder, new_model
from aecore.models.corruption import corrupt
from aecore.models.holes import filled, is_known
from aecore.runs import OpenRun
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import AugmentSpec, CorruptionSpec, NetworkSpec, RunSpec
from aecore.training.pca import components_of
from tests.core.conftest import SOME_DATA

LINEAR_OUTPUT = NetworkSpec(widths=(16,), output="linear")
HOLE = CorruptionSpec(kind="occlusion", level=0.15)
SMALL = CorruptionSpec(kind="downscale", level=1.0)


def _spec(noise: CorruptionSpec | None = None, **network: bool) -> RunSpec:
    return RunSpec.of(
        data=SOME_DATA,
        network=LINEAR_OUTPUT.model_copy(update=network),
        code=PlainCodeSpec(n_dims=5),
        corruption=noise or CorruptionSpec(),
    )


def _pictures(shape: tuple[int, ...] = (6, 3, 18, 13)) -> torch.Tensor:
    smooth = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.avg_pool2d(smooth, 5, 1, 2, count_include_pad=False)


def _suffered(x: torch.Tensor, model: Autoencoder, noise: CorruptionSpec) -> torch.Tensor:
    model.noise.seed(1, x.device)
    return corrupt(x, noise, model.noise)


@torch.no_grad()
def _shake(module: torch.nn.Module | None) -> None:
    assert module is not None
    for parameter in module.parameters():
        parameter.add_(0.05)


def test_a_refiner_begins_as_adding_nothing_and_then_changes_the_picture():
    x = _pictures()
    bare, refined = (new_model(_spec(refine=on), x.shape[1:]) for on in (False, True))
    with torch.no_grad():
        before = refined(x).x_hat
        assert torch.equal(before, bare(x).x_hat)
        _shake(refined.refiner)
        assert not torch.equal(refined(x).x_hat, before)
    n_more = sum(p.numel() for p in refined.parameters()) - sum(
        p.numel() for p in bare.parameters()
    )
    assert refined.plan.n_params - bare.plan.n_params == n_more > 0


def test_what_enlarges_begins_at_its_input():
    x = _pictures()
    model = new_model(_spec(SMALL, short_cut=True), x.shape[1:]).eval()
    x_in = _suffered(x, model, SMALL)
    with torch.no_grad():
        assert torch.equal(model(x_in).x_hat, x_in)


def test_in_training_half_of_a_batch_is_decoded_from_the_code_alone():
    x = _pictures()
    model = new_model(_spec(SMALL, short_cut=True), x.shape[1:]).train()
    x_in = _suffered(x, model, SMALL)
    output = model(x_in)
    assert torch.equal(output.x_hat[:3], model.decode(output.code.z)[:3])
    assert torch.equal(output.x_hat[3:], x_in[3:])


def test_what_fills_holes_leaves_known_pixels_as_they_are():
    x = _pictures()
    model = new_model(_spec(HOLE, short_cut=True), x.shape[1:]).eval()
    x_in = _suffered(x, model, HOLE)
    known = (x_in == x).expand_as(x)
    assert not known.all()
    with torch.no_grad():
        guess = model(x_in).x_hat
        assert torch.equal(guess, filled(x_in, is_known(x_in)))
        _shake(model.short_cut)
        found = model(x_in).x_hat
    assert torch.equal(found[known], x[known])
    assert not torch.equal(found[~known], guess[~known])


def test_a_hole_in_a_plain_picture_is_filled_exactly_and_one_in_a_slope_nearly():
    known = torch.ones(1, 1, 24, 24, dtype=torch.bool)
    known[..., 8:15, 9:17] = False
    plain = torch.full((1, 3, 24, 24), 0.3)
    assert torch.allclose(filled(plain * known, known), plain, atol=1e-5)
    slope = torch.linspace(0.2, 0.8, 24).expand(1, 3, 24, 24)
    lost = (filled(slope * known, known) - slope)[..., ~known[0, 0]]
    of_mean = (slope.mean() - slope)[..., ~known[0, 0]]
    assert lost.square().mean() < 0.5 * of_mean.square().mean()


def test_an_open_run_reconstructs_along_the_short_cut():
    x = _pictures((2, 3, 16, 16))
    spec = _spec(SMALL, short_cut=True)
    model = new_model(spec, x.shape[1:]).eval().requires_grad_(False)
    shown = (255 * x).round().to(torch.uint8).numpy()
    run = OpenRun("run-short", spec, model, SampleSet(shown[:0], {}), 1)
    assert np.array_equal(run.reconstruct(shown), shown)
    assert not np.array_equal(run.decode(run.encode(shown)), shown)


@pytest.mark.parametrize(
    ("noise", "network", "what"),
    [
        (CorruptionSpec(), {"short_cut": True}, "not corrupted"),
        (SMALL, {"short_cut": True, "output": "sigmoid"}, "linear output"),
    ],
)
def test_a_short_cut_that_makes_no_sense_is_refused(noise, network, what):
    with pytest.raises(SpecError, match=what):
        RunSpec.of(data=SOME_DATA, network=network, corruption=noise)


def test_rows_have_no_picture_to_refine():
    with pytest.raises(SpecError, match="pictures"):
        new_model(_spec(refine=True), (30,))


def test_components_of_varied_pictures_lose_less_of_new_ones():
    rng = np.random.default_rng(0)
    smooth = torch.from_numpy(rng.random((60, 1, 16, 16), np.float32))
    x = torch.nn.functional.avg_pool2d(smooth, 7, 1, 3, count_include_pad=False)
    shown = (255 * (x - x.min()) / (x.max() - x.min())).round().to(torch.uint8).numpy()
    samples = SampleSet(shown, {"train": np.arange(30), "test": np.arange(30, 60)})
    new = torch.from_numpy(samples.scaled(samples.parts["test"])).flatten(1)

    def lost(augment: AugmentSpec | None) -> float:
        found = components_of(samples, 12, augment)
        centred = new - found.mean
        return float((centred - centred @ found.axes.T @ found.axes).square().mean())

    assert lost(AugmentSpec(mirror=True, shift_px=1)) < 0.9 * lost(None)
