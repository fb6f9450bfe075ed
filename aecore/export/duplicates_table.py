"""Duplicates of a set as a table, the nearest first."""

from __future__ import annotations

import csv
import io

from aecore.data.samples import SampleSet
from aecore.export.csv_cell import plain_cell
from aecore.studies.similar.duplicates import Duplicates


def as_csv(found: Duplicates, samples: SampleSet) -> str:
    """One line a pair: row, name and class of both, and their difference (0 is a copy)."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    sides = [[f"{what}_{i}" for what in ("row", "name", "class")] for i in (1, 2)]
    table.writerow([*sides[0], *sides[1], "difference"])
    for pair, difference in zip(found.pairs, found.difference, strict=True):
        cells: list[object] = []
        for row in pair.tolist():
            label = -1 if samples.labels is None else int(samples.labels[row])
            cells += [
                row,
                plain_cell(samples.names[row]) if samples.names else "",
                plain_cell(samples.label_names[label]) if label >= 0 else "",
            ]
        table.writerow([*cells, f"{difference:.6g}"])
    return file.getvalue()
