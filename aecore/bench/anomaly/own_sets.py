"""Strangers among faces, and heat maps of faces and cuttings of colour photographs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aecore.api import lab
from aecore.api.detector import odd_samples
from aecore.bench.anomaly.pasted import pasted_figures
from aecore.bench.own.sets import sets_of
from aecore.bench.report import Figure
from aecore.data.sources import data_folder
from aecore.store import Store
from aecore.studies.anomaly.methods import DEFAULT

RECIPE = "conv"
N_EPOCHS = 40
N_LEFT_OUT = 5


def faces(store: Store) -> Iterator[Figure]:
    """Five people left out of training, ranked against held-out pictures of known people.

    The default is held against PCA's error on the same pictures.
    """
    folder = data_folder() / "faces"
    if not folder.is_dir():
        yield Figure(
            "faces: people left out", None, "AUROC", reference=f"no faces in {folder.name}"
        )
        return
    people = sorted(each.name for each in folder.iterdir() if each.is_dir())
    data: dict[str, Any] = {"normal": tuple(people[N_LEFT_OUT:]), "size_px": 64}
    run = lab.train(RECIPE, folder, store=store, data_settings=data, n_epochs=N_EPOCHS)
    samples = lab.load(folder, store=store, **data)
    found = odd_samples(run, store=store)
    areas = {name: found.auroc(name) for name in found.scores}
    pca = areas["pca"].mean
    words = ", ".join(f"{name} {area.mean:.3f}" for name, area in areas.items())
    of = f"faces: {N_LEFT_OUT} of {len(people)} people left out"
    yield Figure(f"{of}: default ({DEFAULT})", areas[DEFAULT].mean, "AUROC", pca, "high", words)
    yield Figure(f"{of}: PCA's error", pca, "AUROC", better="high")
    yield from pasted_figures(store, "faces", run, samples, found)


def colour(store: Store) -> Iterator[Figure]:
    """Heat maps on cuttings of 32 px; no anomaly is known among them."""
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as name:
        for each in sets_of((), ("colour-32",), Path(name)):
            if each.what is None:
                yield Figure("pasted on colour cuttings", None, "", reference=each.missing)
                continue
            run = lab.train(
                RECIPE, each.what, store=store, data_settings=each.settings, n_epochs=N_EPOCHS
            )
            samples = lab.load(each.what, store=store, **each.settings)
            found = odd_samples(run, store=store)
            yield from pasted_figures(store, "colour cuttings", run, samples, found)
