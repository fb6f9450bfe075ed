"""The word on noise: is it said of noise, and of noise alone?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.data.ingest import open_samples
from aecore.latent.clumping import THRESHOLD, clumping
from aecore.store import Store

_RECIPES = ("linear", "undercomplete", "sparse", "vae", "conv", "residual")
_REAL = ("mnist-5k", "digits", "sprites")
SEEDS = (11, 12)
"""Of weights, batches and noise: none with which the threshold was chosen."""
_N_PICTURES = 2000


def noise(store: Store) -> Iterator[Figure]:
    """Gaussian noise of 28 x 28 pixels and real pictures, by some recipes and two seeds."""
    of_noise, of_real = [], []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
            _write_noise(Path(folder), seed)
            of_noise += [_ratio(store, recipe, folder, seed) for recipe in _RECIPES]
        of_real += [_ratio(store, recipe, data, seed) for recipe in _RECIPES for data in _REAL]
    yield _share("codes of noise that are told to be noise", of_noise, told=True)
    yield _share("codes of real pictures that are told to be noise", of_real, told=False)


def _write_noise(folder: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    for index in range(_N_PICTURES):
        x = np.clip(random.normal(128, 50, (28, 28)), 0, 255).astype(np.uint8)
        Image.fromarray(x).save(folder / f"{index:04}.png")


def _ratio(store: Store, recipe: str, data: str, seed: int) -> float:
    run = lab.train(
        recipe,
        data,
        store=store,
        seed=seed,
        n_epochs=3,
        data_settings={"n_max": _N_PICTURES, "size_px": 28},
    )
    return clumping(run.encode(open_samples(store, run.spec.data).x[:_N_PICTURES])).ratio


def _share(what: str, ratios: list[float], *, told: bool) -> Figure:
    return Figure(
        what,
        100 * float(np.mean(np.array(ratios) > THRESHOLD)),
        "%",
        100 if told else 0,
        "high" if told else "low",
        f"{len(ratios)} runs, ratios {min(ratios):.2f} to {max(ratios):.2f}, threshold "
        f"{THRESHOLD:g}",
    )
