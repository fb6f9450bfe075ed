"""Every recipe trains as given on small pictures of each kind, and opens again as it was."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aecore.data.drawn import centred
from aecore.data.samples import SampleSet, save_samples, split
from aecore.data.shipped import digits as shipped_digits
from aecore.data.sprites import draw, factors
from aecore.recipes import RECIPES, fitted
from aecore.runs import open_run
from aecore.specs import DataSpec, RunSpec
from aecore.store import Store
from aecore.training.fit import fit
from aecore.training.job import compute

N = 160
SHAPES = {"grey": (1, 28, 28), "colour": (3, 32, 32), "large": (1, 64, 64)}


def _set(x: np.ndarray) -> SampleSet:
    return SampleSet(x, split(len(x), val_fraction=0.2, test_fraction=0.0, seed=0))


def _pictures(kind: str) -> SampleSet:
    """Real digits placed as MNIST's; sprites in two colours; sprites, large."""
    if kind == "grey":
        small = shipped_digits().x[:N].repeat(4, axis=2).repeat(4, axis=3)
        return _set(np.stack([centred(x, 28) for x in small]))
    known = factors(N, seed=0)
    if kind == "large":
        return _set(draw(known, 64))
    shown = draw(known, 32)  # (N, 1, 32, 32)
    tint = (known["shape"][:, None] == np.arange(3)[None])[..., None, None]  # (N, 3, 1, 1)
    return _set(np.where(tint, shown, shown // 2).astype(np.uint8))


@pytest.fixture(scope="module")
def pictures() -> dict[str, SampleSet]:
    return {kind: _pictures(kind) for kind in SHAPES}


def _spec(name: str, data: str = "data-" + "0" * 24) -> RunSpec:
    """As given, but for the length: three short epochs, and one of each layer alone."""
    settings = dict(fitted(RECIPES[name].settings, is_pictures=True, scale="unit"))
    if settings.get("pretrain_epochs"):
        settings["pretrain_epochs"] = 1
    return RunSpec.of(data=data, **{**settings, "n_epochs": 3, "batch_size": 16})


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_learns_on_pictures_of_each_kind(
    pictures: dict[str, SampleSet], name: str, kind: str
) -> None:
    samples = pictures[kind]
    assert samples.shape == SHAPES[kind]
    spec = _spec(name)
    term = spec.objective[0].name
    records = [record for record in fit(samples, spec, publish_s=0.0) if record.epoch > 0]
    values = [value for record in records for value in record.train.values()]
    assert all(math.isfinite(value) for value in values)
    first, last = (whole.train for whole in [r for r in records if r.whole][::2])
    assert last[term] < first[term] or last["loss"] < first["loss"], (first, last)
    strip = records[-1].strip
    assert strip is not None
    assert strip.shape[-3:] == SHAPES[kind]
    assert records[-1].codes is not None
    assert records[-1].codes.shape == (N, records[-1].progression.model.plan.n_dims)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stacked", "residual", "k-sparse", "vae-gan", "aae", "vq-vae"])
def test_a_run_that_was_stored_gives_the_same_pictures(
    tmp_path, pictures: dict[str, SampleSet], name: str
) -> None:
    store = Store(tmp_path)
    samples = pictures["grey"]
    data = store.create(DataSpec(source="digits"))
    save_samples(data, samples)
    spec = _spec(name, data.key)
    list(compute(spec, store.create(spec), store))
    run = open_run(store, spec.key)
    x = samples.x[:10]
    trained = list(fit(samples, spec, publish_s=9.0))[-1].progression.model.eval()
    z = run.encode(x)
    assert z.shape == (10, trained.plan.n_dims)
    import torch

    with torch.inference_mode():
        again = trained.encode(torch.from_numpy(samples.scaled(np.arange(10)))).point
        pictures_again = trained.decode(again).numpy()
    assert np.allclose(z, again.numpy(), atol=1e-4)
    assert np.abs(run.decode(z) / 255.0 - pictures_again).max() < 1 / 255
