"""A class may be called what the pages call all of them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from aecore.data.samples import SampleSet
from pages.ui.reconstruct.view import ordered
from pages.ui.samples import rows_of
from pages.ui.walk.context import WalkContext

NAMES = ("all", "any")
SAMPLES = SampleSet(
    x=np.zeros((6, 1, 8, 8), np.uint8),
    parts={"train": np.arange(0), "val": np.arange(0), "test": np.arange(6)},
    labels=np.array([0, 1, 0, 1, 0, 1]),
    label_names=NAMES,
)
OF_EACH = {"all": [0, 2, 4], "any": [1, 3, 5], None: [0, 1, 2, 3, 4, 5]}


def test_a_class_called_all_or_any_is_shown_alone() -> None:
    scores = SimpleNamespace(rows=np.arange(6), mse=np.arange(6.0))
    seen = SimpleNamespace(samples=SAMPLES, scores=scores, errors=scores.mse)
    scene = WalkContext(None, SAMPLES)
    for name, rows in OF_EACH.items():
        assert rows_of(SAMPLES, "all", name).tolist() == rows
        assert ordered(seen, "set", name).tolist() == rows
        assert sorted(scene.candidates(name).tolist()) == rows
