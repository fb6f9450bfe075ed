"""Which feature of a row belongs to which column, and by which likelihood it is compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.data.samples import SampleSet

NUMBER, YES_NO, WORD = 0, 1, 2
"""Kinds of features: a number or date; 0 or 1 by itself; one of the words of a category."""


@dataclass(frozen=True)
class FeatureLayout:
    """The features of a row, as the columns of a table made them; each int64 `(F,)`.

    Parameters
    ----------
    kind
        `NUMBER`, `YES_NO` (also of what says that a cell was empty) or `WORD`.
    group
        The same number for the words of one category; of all other features its own.
    flag
        Which feature says that the cell was empty; -1 where none does.
    """

    kind: np.ndarray
    group: np.ndarray
    flag: np.ndarray


def layout_of(samples: SampleSet) -> FeatureLayout:
    """The layout of rows; without a table each feature is a number."""
    F = samples.shape[0]
    kind, group, flag = np.full(F, NUMBER), np.arange(F), np.full(F, -1)
    start = 0
    for column in () if samples.table is None else samples.table.learnt:
        stop = start + column.n_features
        values = slice(start, stop - column.has_missing)
        if column.kind == "category":
            kind[values], group[values] = WORD, start
        elif column.kind == "yes_no":
            kind[values] = YES_NO
        if column.has_missing:
            kind[stop - 1], flag[values] = YES_NO, stop - 1
        start = stop
    return FeatureLayout(kind, group, flag)
