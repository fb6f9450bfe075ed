"""A likelihood for each kind of column against the squared error of all, on the sensors that ship.

The same network, code and steps; only what is made small differs. Trained on all rows, planted
faults among them; judged on the test part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from aecore.bench.report import Figure
from aecore.data.row_values import column_of_feature
from aecore.data.samples import SampleSet, split
from aecore.data.sensors import COLUMN_KINDS, readings
from aecore.data.tables import arrays_of_table
from aecore.models.autoencoder import Autoencoder
from aecore.recipes import recipe
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from aecore.specs.terms import MseSpec
from aecore.training.fit import fit

_DATA = "data-" + "0" * 24


def figures() -> Iterator[Figure]:
    """Words that come back right, the error of numbers, and planted faults, by both losses."""
    samples = sensors()
    of_columns = recipe("by-column").settings
    network = of_columns["network"].model_copy(update={"output": "linear"})
    of_squares = {**of_columns, "network": network, "objective": (MseSpec(),)}
    ours, theirs = (_measured(samples, settings) for settings in (of_columns, of_squares))
    for name, unit in (
        ("words right", ""),
        ("error of numbers", "variances"),
        ("planted faults", "AUROC"),
    ):
        yield Figure(
            f"sensors, by column: {name}",
            ours[name],
            unit,
            better="low" if unit == "variances" else "high",
            reference=f"squared error of all columns {theirs[name]:.4f}",
        )


def sensors() -> SampleSet:
    """The readings of pumps, as the app brings them in."""
    found = arrays_of_table(readings(), DataSpec(source="sensors"), columns=COLUMN_KINDS)
    parts = split(len(found.x), val_fraction=0.1, test_fraction=0.2, seed=0)
    return SampleSet(np.asarray(found.x), parts, labels=found.labels, table=found.columns)


def _measured(samples: SampleSet, settings: dict[str, Any]) -> dict[str, float]:
    spec = RunSpec.of(data=_DATA, **settings)
    *_, last = fit(samples, spec, device=torch.device("cpu"), publish_s=float("inf"))
    return measured(samples, last.progression.model.eval())


@torch.inference_mode()
def measured(samples: SampleSet, model: Autoencoder) -> dict[str, float]:
    """Share of cells of words that come back right, squared error of numbers, AUROC of faults."""
    if samples.table is None or samples.labels is None:
        raise TypeError("a table with labels is needed")
    rows = samples.parts["test"]
    x = torch.from_numpy(samples.scaled(rows))
    output = model(x)
    x_hat, owner = output.x_hat.numpy(), column_of_feature(samples)
    right, squares = [], []
    for i, column in enumerate(samples.table.learnt):
        own = owner == i
        came, back = (column.decode(values[:, own]) for values in (samples.x[rows], x_hat))
        if column.kind in ("category", "yes_no"):
            right.append(np.mean([a == b for a, b in zip(came, back, strict=True)]))
        else:
            squares.append(np.square(x_hat[:, own] - x.numpy()[:, own]).mean())
    error = (output.x_hat - x).square().sum(1)
    if model.columns is not None:
        error = model.columns.nats(output.raw, x).sum(1)
    return {
        "words right": float(np.mean(right)),
        "error of numbers": float(np.mean(squares)),
        "planted faults": float(roc_auc_score(samples.labels[rows], error.numpy())),
    }
