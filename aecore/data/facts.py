"""What of a data set decides how it is trained on, read off its files or known of its source."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from aecore.artifact import Artifact
from aecore.data.samples import TABLE, VOCABULARY
from aecore.data.sources import SOURCES
from aecore.data.sparse_rows import has_rows
from aecore.data.table_columns import TableColumns
from aecore.errors import ArtifactMissingError
from aecore.recipe_rules import SetFacts
from aecore.specs.data import DataSpec, SourceName

DRAWN: tuple[SourceName, ...] = (
    "digits",
    "mnist-5k",
    "sprites",
    "mnist",
    "fashion-mnist",
    "kmnist",
    "emnist-letters",
)
"""Sources whose pictures are drawn, light on dark."""
_UNTURNED: tuple[SourceName, ...] = (*DRAWN, "svhn")
"""Sources whose mirror images mean something else."""
_DRAWN_SPREAD = 0.1
"""Mean of `x (1 - x)`, x in [0, 1], below which pictures are nearly black and white: 0.25 at mid
grey, 0.03 of MNIST, about 0.2 of photographs."""
_N_LOOKED_AT = 256


def facts_of(artifact: Artifact) -> SetFacts | None:
    """Facts of a data artifact; None where it is an own set that was never brought in."""
    spec = artifact.spec
    if not isinstance(spec, DataSpec):
        return None
    try:
        about = artifact.read_json("samples.json")
    except ArtifactMissingError:
        return _of_source(spec)
    shape = tuple(about["shape"])
    is_drawn = spec.source in DRAWN
    if spec.source == "own" and len(shape) == 3:
        is_drawn = _looks_drawn(artifact.path / "x.npy")
    turns, is_sparse = _turns(spec, is_drawn), has_rows(artifact)
    is_texts = artifact.has(VOCABULARY)
    n_train = about["n_parts"]["train"]
    return SetFacts(n_train, shape, is_drawn, turns, is_sparse, is_texts, _has_words(artifact))


def _of_source(spec: DataSpec) -> SetFacts | None:
    source = SOURCES[spec.source]
    if source.shape is None or source.n_samples is None:
        return None
    n = min(source.n_samples, spec.n_max or source.n_samples)
    n_train = round(n * (1 - spec.val_fraction - spec.test_fraction))
    if len(source.shape) == 1:
        return SetFacts(n_train, source.shape, is_sparse=spec.source == "baskets")
    is_drawn = spec.source in DRAWN
    C, H, W = source.shape
    C = {"native": C, "grey": 1, "rgb": 3}[spec.colour]
    shape = (C, spec.size_px or H, spec.width_px or spec.size_px or W)
    return SetFacts(n_train, shape, is_drawn, _turns(spec, is_drawn))


def _has_words(artifact: Artifact) -> bool:
    if not artifact.has(TABLE):
        return False
    columns = TableColumns.from_json(artifact.read_json(TABLE)).learnt
    return any(column.kind in ("category", "yes_no") for column in columns)


def _turns(spec: DataSpec, is_drawn: bool) -> bool:
    return spec.source not in _UNTURNED and not is_drawn


@lru_cache(maxsize=64)
def _looks_drawn(path: Path) -> bool:
    """Of some pictures, evenly spread over the set."""
    x = np.load(path, mmap_mode="r")
    some = np.asarray(x[:: max(1, len(x) // _N_LOOKED_AT)], np.float32) / 255.0
    return bool((some * (1.0 - some)).mean() < _DRAWN_SPREAD)
