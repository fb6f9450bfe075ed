"""Every recipe learns as given on small pictures of each kind, and opens again as it was."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from aecore.data.drawn import centred
from aecore.data.samples import SampleSet, save_samples, split, standardized
from aecore.data.shipped import digits as shipped_digits
from aecore.data.sprites import draw, factors
from aecore.errors import SpecError
from aecore.models.autoencoder import Autoencoder
from aecore.recipes import GENERAL, RECIPES, fitted
from aecore.runs import open_run
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.store import Store
from aecore.training.fit import fit
from aecore.training.job import compute
from tests.core.conftest import SOME_DATA

N = 160
CLEARLY = 0.9
"""Of the error of the mean picture: what a short training must stay under on held-out ones."""
SHAPES = {"grey": (1, 28, 28), "colour": (3, 32, 32), "large": (1, 64, 64)}


def _set(x: np.ndarray) -> SampleSet:
    return SampleSet(x, split(len(x), val_fraction=0.2, test_fraction=0.0, seed=0))


def _pictures(kind: str) -> SampleSet:
    """Real digits placed as MNIST's; cuttings of colour photographs; sprites, large."""
    if kind == "grey":
        small = shipped_digits().x[:N].repeat(4, axis=2).repeat(4, axis=3)
        return _set(np.stack([centred(x, 28) for x in small]))
    if kind == "large":
        return _set(draw(factors(N, seed=0), 64))
    return _set(_cuttings(N, 32))


def _cuttings(n: int, size_px: int) -> np.ndarray:
    """Places of three photographs at half their size, uint8 `(n, 3, size, size)`."""
    from skimage import data

    rng = np.random.default_rng(0)
    photos = [shown()[::2, ::2] for shown in (data.astronaut, data.coffee, data.chelsea)]
    found = np.empty((n, 3, size_px, size_px), np.uint8)
    for i in range(n):
        photo = photos[i % 3]
        top, left = (rng.integers(0, side - size_px) for side in photo.shape[:2])
        found[i] = photo[top : top + size_px, left : left + size_px].transpose(2, 0, 1)
    return found


@pytest.fixture(scope="module")
def pictures() -> dict[str, SampleSet]:
    return {kind: _pictures(kind) for kind in SHAPES}


def _spec(name: str, kind: str) -> RunSpec:
    """As given, but for the length: 80 steps where they are dear, 190 and more where cheap."""
    settings = fitted(RECIPES[name].settings, is_pictures=True, scale="unit")
    n_epochs = 30 if name == "linear" else 12
    if settings["network"].kind in ("conv", "resnet"):
        n_epochs = 5 if kind == "large" else 8
    return RunSpec.of(data=SOME_DATA, **{**settings, "n_epochs": n_epochs, "batch_size": 8})


def _over_the_mean(model: Autoencoder, samples: SampleSet) -> float:
    """Held-out squared error of the reconstructions over that of the mean training picture."""
    train, val = (torch.from_numpy(samples.scaled(samples.parts[p])) for p in ("train", "val"))
    with torch.inference_mode():
        x_hat = model.eval()(val).x_hat
    return float((x_hat - val).square().mean() / (train.mean(0) - val).square().mean())


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("name", GENERAL)
def test_a_recipe_learns_on_pictures_of_each_kind(
    pictures: dict[str, SampleSet], name: str, kind: str
) -> None:
    samples = pictures[kind]
    assert samples.shape == SHAPES[kind]
    spec = _spec(name, kind)
    term = spec.objective[0].name
    records = [record for record in fit(samples, spec, publish_s=9.0) if record.epoch > 0]
    values = [value for record in records for value in record.train.values()]
    assert all(math.isfinite(value) for value in values)
    whole = [record.train[term] for record in records if record.whole]
    assert whole[-1] < whole[0]
    assert _over_the_mean(records[-1].progression.model, samples) < CLEARLY
    strip = records[-1].strip
    assert strip is not None
    assert strip.shape[-3:] == SHAPES[kind]
    assert records[-1].codes is not None
    assert records[-1].codes.shape == (N, records[-1].progression.model.plan.n_dims)


@pytest.mark.parametrize("name", GENERAL)
def test_a_recipe_reads_rows_of_a_table_or_says_that_it_cannot(name: str) -> None:
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(80, 2)) @ rng.normal(size=(2, 9))).astype(np.float32)
    rows = standardized(_set(x))
    if name in ("vq-vae", "inpainting", "super-resolving", "vae-gan", "iwae"):
        with pytest.raises(SpecError):
            fitted(RECIPES[name].settings, is_pictures=False, scale="standard")
        return
    settings = fitted(RECIPES[name].settings, is_pictures=False, scale="standard")
    short = {"n_epochs": 3, "pretrain_epochs": 0, "batch_size": 8}
    spec = RunSpec.of(data=SOME_DATA, **{**settings, **short})
    whole = [record.train["mse"] for record in fit(rows, spec) if record.whole]
    assert whole[-1] < whole[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stacked", "residual", "k-sparse", "vae-gan", "aae", "vq-vae"])
def test_a_run_that_was_stored_gives_the_same_pictures(
    tmp_path, pictures: dict[str, SampleSet], name: str
) -> None:
    store = Store(tmp_path)
    samples = pictures["grey"]
    data = store.create(DataSpec(source="digits"))
    save_samples(data, samples)
    spec = _spec(name, "grey").model_copy(update={"data": data.key, "n_epochs": 1})
    list(compute(spec, store.create(spec), store))
    run = open_run(store, spec.key)
    x = samples.x[:10]
    trained = list(fit(samples, spec, publish_s=9.0))[-1].progression.model.eval()
    z = run.encode(x)
    assert z.shape == (10, trained.plan.n_dims)
    with torch.inference_mode():
        again = trained.encode(torch.from_numpy(samples.scaled(np.arange(10)))).point
        pictures_again = trained.decode(again).numpy()
    assert np.allclose(z, again.numpy(), atol=1e-4)
    assert np.abs(run.decode(z) / 255.0 - pictures_again).max() < 1 / 255
