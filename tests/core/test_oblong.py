"""Pictures that are not square go through every kind of network, and out again, as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import aecore
from aecore.api.run_file import export_run
from aecore.specs.run import CorruptionSpec
from aecore.store import Store

H, W = 24, 40


def pictures(n: int = 48) -> np.ndarray:
    """A bright square somewhere on dark ground, in colour."""
    random = np.random.default_rng(0)
    x = np.full((n, 3, H, W), 40, np.uint8)
    for picture in x:
        top, left = random.integers(H - 8), random.integers(W - 8)
        picture[:, top : top + 8, left : left + 8] = random.integers(120, 255, (3, 1, 1))
    return x


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("oblong"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe",
    [
        *("linear", "undercomplete", "conv", "residual", "super-resolving", "inpainting"),
        *("vq-vae", "vae-gan", "info-vae"),
    ],
)
def test_a_recipe_learns_pictures_that_are_not_square(store: Store, recipe: str) -> None:
    x = pictures()
    run = aecore.train(recipe, x, labels=np.arange(48) % 3, store=store, n_epochs=1)
    assert run.shape == (3, H, W)
    assert run.reconstruct(x[:3]).shape == (3, 3, H, W)


@pytest.mark.slow
def test_what_is_made_of_an_oblong_run_is_as_wide_as_it(store: Store, tmp_path: Path) -> None:
    x = pictures()
    run = aecore.train("conv", x, labels=np.arange(48) % 3, store=store, n_epochs=1)
    found = aecore.latent_map(run, "pca", store=store)
    assert found.positions.shape == (48, 2)
    assert b"<html" in aecore.living_page(found, store=store).encode()[:200].lower()
    from aecore.export.thumbnails import sheet_of

    samples = aecore.load(x, labels=np.arange(48) % 3, store=store)
    sheet = sheet_of(samples, np.arange(48))
    assert sheet.tile[1] / sheet.tile[0] == pytest.approx(W / H, rel=0.05)
    noisy = aecore.denoise(run, x[:3], CorruptionSpec(kind="gaussian"))
    assert noisy.cleaned.shape == (3, 3, H, W)
    folder = export_run(store, run.key, tmp_path / "out")
    again = Store(tmp_path / "other").adopt(folder)
    assert aecore.open_run(Store(tmp_path / "other"), again.key).shape == (3, H, W)
