"""The decoder told as layers gives what torch's own model gives, for every recipe."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load

from aecore.data.samples import SampleSet
from aecore.errors import DataError
from aecore.export.portable import portable
from aecore.recipes import GENERAL
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec
from tests.core.export.untrained import codes_for, untrained


def test_what_refines_a_picture_is_told() -> None:
    network = NetworkSpec(kind="conv", widths=(8, 16), batch_norm=True, refine=True)
    run = untrained("conv", (3, 33, 20), network=network)
    bare = run.decode(z := codes_for(run, 4))
    for weight in run.model.refiner.parameters():  # type: ignore[union-attr]
        weight.add_(0.02)
    refined = run.decode(z).astype(float)
    assert np.abs(refined - bare).max() > 20
    assert np.abs(255 * np.clip(portable(run, z).values(z), 0, 1) - refined).max() <= 1.6


@pytest.mark.parametrize("name", GENERAL)
def test_the_layers_of_every_recipe_give_the_models_own_pictures(name: str) -> None:
    run = untrained(name)
    z = codes_for(run, 12)
    found = portable(run, z)
    pictures = run.decode(z).astype(float)
    assert np.ptp(pictures) > 20  # it draws something
    assert np.abs(255 * np.clip(found.values(z), 0, 1) - pictures).max() <= 1.6
    assert found.n_multiplies > 1000
    assert found.is_small


@pytest.mark.parametrize("shape", [(3, 33, 20), (1, 8, 8), (3, 64, 64)])
@pytest.mark.parametrize("name", ["residual", "vq-vae", "conv"])
def test_odd_and_colour_pictures_come_out_the_same(name: str, shape: tuple[int, int, int]) -> None:
    run = untrained(name, shape)
    z = codes_for(run, 3)
    apart = np.abs(255 * np.clip(portable(run, z).values(z), 0, 1) - run.decode(z).astype(float))
    assert apart.max() <= 1.6


@pytest.mark.parametrize(
    "activation", ["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus"]
)
def test_every_activation_is_told(activation: str) -> None:
    network = NetworkSpec(kind="dense", widths=(64, 32), activation=activation, batch_norm=True)
    run = untrained("undercomplete", network=network, code=PlainCodeSpec(n_dims=7))
    z = codes_for(run, 5)
    apart = np.abs(255 * np.clip(portable(run, z).values(z), 0, 1) - run.decode(z).astype(float))
    assert apart.max() <= 1.6


def test_standardized_pictures_are_scaled_back() -> None:
    run = untrained("undercomplete", (3, 8, 8), network=NetworkSpec(widths=(32,), output="linear"))
    offset = np.array([0.2, 0.5, 0.7], np.float32)[:, None, None]
    frame = SampleSet(
        x=np.empty((0, 3, 8, 8), np.uint8),
        parts={},
        scale="standard",
        offset=offset,
        spread=offset / 2,
    )
    run = replace(run, frame=frame)
    z = codes_for(run, 5)
    apart = np.abs(255 * np.clip(portable(run, z).values(z), 0, 1) - run.decode(z).astype(float))
    assert apart.max() <= 1.6


def test_halves_are_sent_only_where_no_pixel_changes_by_more_than_a_grey_level() -> None:
    run = untrained("undercomplete")
    z = codes_for(run, 8)
    fine = portable(run, z)
    assert fine.is_half
    assert {w.dtype for w in load(fine.weights).values()} == {np.dtype(np.float16)}
    last = [layer for layer in run.model.decoder if hasattr(layer, "weight")][-1]
    last.weight.mul_(300)  # what a half rounds away now shows
    coarse = portable(run, z)
    assert not coarse.is_half
    assert len(coarse.weights) > 1.9 * len(fine.weights)
    last.weight.mul_(1e9)  # and beyond what a half can hold there is no question
    assert not portable(run, z).is_half


def test_rows_of_a_table_have_no_picture() -> None:
    run = untrained("undercomplete")
    rows = replace(run, frame=SampleSet(x=np.empty((0, 5), np.float32), parts={}))
    with pytest.raises(DataError, match="pictures"):
        portable(rows, codes_for(run, 2))
