"""Scores of oddness as a table, the oddest first."""

from __future__ import annotations

import csv
import io

import numpy as np

from aecore.data.samples import SampleSet
from aecore.export.csv_cell import plain_cell
from aecore.metrics.anomaly import Threshold, p_values
from aecore.studies.anomaly.study import AnomalyResult

KIND_NAMES = {1: "anomaly", 0: "normal", -1: ""}


def as_csv(found: AnomalyResult, samples: SampleSet, name: str, line: Threshold) -> str:
    """One line a test sample: what it is, whether it raises an alarm, and every score.

    Parameters
    ----------
    name
        The score that decides.
    line
        Its threshold.
    """
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["row", "name", "class", "kind", "alarm", "p", *found.scores])
    p = p_values(found.held_out[name], found.scores[name])
    for place in np.argsort(-found.scores[name], kind="stable"):
        row = int(found.rows[place])
        label = -1 if samples.labels is None else int(samples.labels[row])
        table.writerow(
            [
                row,
                plain_cell(samples.names[row]) if samples.names else "",
                plain_cell(samples.label_names[label]) if label >= 0 else "",
                KIND_NAMES[int(found.kind[place])],
                int(found.scores[name][place] > line.value),
                f"{p[place]:.6g}",
                *(f"{scores[place]:.6g}" for scores in found.scores.values()),
            ]
        )
    return file.getvalue()
