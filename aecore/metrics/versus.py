"""Scores of several runs side by side: which is best, and whether a difference is significant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from aecore.errors import TooFewSamplesError
from aecore.metrics.catalogue import ALL, MetricInfo
from aecore.metrics.compare import Interval, difference, interval

Verdict = Literal["", "reference", "significant", "not significant"]


@dataclass
class Column:
    """Scores of one way to code pictures: a run, PCA, or the pixels themselves.

    Parameters
    ----------
    each
        Name of a score to one value a picture, `(n,)`, NaN where it was not scored.
    whole
        Name of a score of the whole set to its value.
    """

    each: dict[str, np.ndarray] = field(default_factory=dict)
    whole: dict[str, float] = field(default_factory=dict)

    def value(self, name: str) -> float | None:
        """The score, or its mean over pictures; None where there is none."""
        if name in self.each and np.isfinite(self.each[name]).any():
            return float(np.nanmean(self.each[name]))
        return self.whole.get(name)


@dataclass(frozen=True)
class Cell:
    """One score of one column.

    Parameters
    ----------
    value
        None where there is none.
    interval
        Where its mean may lie, at 99 %; None for a score of the whole set.
    gain
        The difference from the reference (this less that) on the same pictures, at 99 %.
    verdict
        Whether that difference is significant, or could be due to the choice of pictures; "" where
        a score has no value for each picture, so that it cannot be tested.
    is_best
        Whether it has the best value of its row, where one end is good.
    is_better
        Whether it is on the good side of the reference; None where neither or the same.
    """

    value: float | None
    interval: Interval | None = None
    gain: Interval | None = None
    verdict: Verdict = ""
    is_best: bool = False
    is_better: bool | None = None


@dataclass(frozen=True)
class Row:
    """One score of every column, in their order."""

    about: MetricInfo
    cells: tuple[Cell, ...]


def side_by_side(columns: Sequence[Column], reference: int = 0, *, seed: int = 0) -> list[Row]:
    """A table of scores; a score that no column has is left out.

    Parameters
    ----------
    columns
        Scores on the same pictures, in the same order.
    reference
        Index of the column that the others are held against.

    Raises
    ------
    ValueError
        If scores are not of the same pictures.
    """
    rows = []
    for about in ALL:
        values = [column.value(about.name) for column in columns]
        if all(value is None for value in values):
            continue
        best = _best(values, about.better)
        cells = [
            _cell(column, columns[reference], about, i == reference, i in best, seed)
            for i, column in enumerate(columns)
        ]
        rows.append(Row(about, tuple(cells)))
    return rows


def _best(values: Sequence[float | None], better: str) -> set[int]:
    """Places of the best value; none where there is nothing to choose from."""
    known = [value for value in values if value is not None]
    if better == "" or len(known) < 2 or len(set(known)) < 2:
        return set()
    best = min(known) if better == "low" else max(known)
    return {i for i, value in enumerate(values) if value == best}


def _cell(
    column: Column, other: Column, about: MetricInfo, is_reference: bool, is_best: bool, seed: int
) -> Cell:
    name = about.name
    value = column.value(name)
    if value is None:
        return Cell(None)
    own = _interval(column, name, seed)
    if is_reference:
        return Cell(value, own, verdict="reference", is_best=is_best)
    theirs = other.value(name)
    is_better = None
    if theirs is not None and value != theirs and about.better:
        is_better = (value > theirs) == (about.better == "high")
    if own is None or name not in other.each:
        return Cell(value, own, is_best=is_best, is_better=is_better)
    try:
        gain = difference(column.each[name], other.each[name], seed=seed)
    except TooFewSamplesError:
        return Cell(value, own, is_best=is_best, is_better=is_better)
    verdict: Verdict = "significant" if gain.excludes_zero else "not significant"
    return Cell(value, own, gain, verdict, is_best, is_better)


def _interval(column: Column, name: str, seed: int) -> Interval | None:
    if name not in column.each:
        return None
    try:
        return interval(column.each[name], seed=seed)
    except TooFewSamplesError:
        return None


def records(
    rows: Sequence[Row], names: Sequence[str]
) -> list[dict[str, str | float | bool | None]]:
    """The table as flat records, one a score and column, for a file.

    Parameters
    ----------
    names
        Of the columns, in order.
    """
    found: list[dict[str, str | float | bool | None]] = []
    for row in rows:
        for name, cell in zip(names, row.cells, strict=True):
            if cell.value is None:
                continue
            own, gain = cell.interval, cell.gain
            found.append(
                {
                    "group": row.about.group,
                    "score": row.about.name,
                    "title": row.about.title,
                    "unit": "share" if row.about.unit == "%" else row.about.unit,
                    "range": row.about.range_text,
                    "column": name,
                    "value": cell.value,
                    "low": own.low if own else None,
                    "high": own.high if own else None,
                    "n": own.n if own else None,
                    "difference": gain.mean if gain else None,
                    "difference_low": gain.low if gain else None,
                    "difference_high": gain.high if gain else None,
                    "verdict": cell.verdict,
                    "best": cell.is_best,
                }
            )
    return found
