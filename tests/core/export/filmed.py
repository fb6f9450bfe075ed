"""Runs with a film that nobody trained: what is in them is known to the last number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aecore.artifact import Artifact
from aecore.specs.codes import CodeSpec, GaussianCodeSpec, PlainCodeSpec
from aecore.specs.run import RunSpec
from aecore.specs.terms import KlSpec, MseSpec
from aecore.store import Store
from aecore.training import HISTORY
from aecore.training.keyframes import Keyframes
from tests.core.conftest import a_run

GAUSSIAN = GaussianCodeSpec(n_dims=5)
PLAIN = PlainCodeSpec(n_dims=5)
N_PICTURES = 4


def a_picture_run(code: CodeSpec = GAUSSIAN, **settings: object) -> RunSpec:
    kl = (MseSpec(), KlSpec(weight=0.1))
    objective = kl if code.kind == "gaussian" else kl[:1]
    return a_run(**{"code": code, "objective": objective, **settings})


def pictures_of(epoch: int) -> np.ndarray:
    """What the run made of its fixed pictures then, `(4, 1, 6, 6)`."""
    return np.random.default_rng(epoch).integers(0, 256, (N_PICTURES, 1, 6, 6), dtype=np.uint8)


ORIGINALS = pictures_of(1000)


def filmed(
    store: Store, spec: RunSpec, frames: Mapping[int, np.ndarray], *, corrupts: bool = False
) -> Artifact:
    """A run whose film has these codes, by epoch; its loss is 1 over the epoch."""
    artifact = store.create(spec, title="A run", data_title="Some data")
    n = len(next(iter(frames.values())))
    artifact.write_json("model.json", {"label_names": ["cat", "dog", "eel"]})
    artifact.write_array("view-rows.npy", np.arange(n))
    artifact.write_array("view-labels.npy", np.arange(n) % 3)
    given = [ORIGINALS, 255 - ORIGINALS] if corrupts else [ORIGINALS]
    artifact.write_array("strip.npy", np.stack([*given, pictures_of(max(frames))]))
    film = Keyframes(artifact)
    for epoch, codes in frames.items():
        film.keep(epoch, codes.astype(np.float32), np.stack([*given, pictures_of(epoch)]))
    told = {"lr": 0.1, "n_per_s": 1.0, "eta_s": 0.0, "note": "", "last": False}
    artifact.append(
        HISTORY,
        [
            {
                **told,
                "epoch": epoch,
                "step": 10 * epoch,
                "whole": True,
                "train": {"loss": 1 / epoch, "mse": 1 / epoch},
                "val": {"loss": 2 / epoch, "mse": 2 / epoch},
            }
            for epoch in range(1, max(frames) + 1)
        ],
    )
    artifact.set_state(status="done")
    return artifact
