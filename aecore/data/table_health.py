"""What of a table will spoil training: constant, repeated, mostly empty and leaking columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np

from aecore.data.table_cells import Cells, missing_of
from aecore.data.table_columns import TableColumns
from aecore.sentence import Sentence, listed

MOSTLY = 0.5
"""Share of empty cells from which on a column is told of."""
LEAKS = 0.995
"""Balanced accuracy of one column alone from which on it is taken for the label itself."""
_N_ROWS, _N_COLUMNS, _N_NAMED = 20_000, 2_000, 8
_FEWEST = 20


def warnings_of(
    columns: TableColumns, cells: Mapping[str, Cells], labels: np.ndarray | None = None
) -> tuple[str, ...]:
    """Sentences on the columns that are learnt from; empty where all is well.

    Parameters
    ----------
    cells
        By name, as they came.
    labels
        int64 `(n_samples,)`, -1 where a row has none; None where no row has one.
    """
    names = [column.name for column in columns.learnt]
    found: list[str] = []
    if constant := [name for name in names if _n_different(cells[name]) < 2]:
        found.append(
            Sentence(
                "The same in all rows, so nothing can be learnt from it: {names}.",
                names=_listed(constant),
            )
        )
    if groups := _repeated([name for name in names if name not in constant], cells):
        words = "; ".join(" = ".join(name[:40] for name in group[:4]) for group in groups[:4])
        found.append(
            Sentence(
                "Columns with the same cells, which count as often: {names}. Leave one out.",
                names=words,
            )
        )
    mostly = {name: missing_of(cells[name]).mean() for name in names}
    if empty := [
        f"{name} ({100 * share:.0f} %)" for name, share in mostly.items() if share > MOSTLY
    ]:
        found.append(Sentence("Mostly empty: {names}.", names=_listed(empty)))
    if labels is not None and (leaking := _leaking(columns, cells, labels)):
        found.append(
            Sentence(
                "Tells the label by itself: {names}. If it is another name of the label, leave it "
                "out.",
                names=_listed(leaking),
            )
        )
    return tuple(found)


def _n_different(cells: Cells) -> int:
    if cells.dtype != object:
        return len(np.unique(cells[~np.isnan(cells)]))
    return len({word for word in cells if word is not None})


def _repeated(names: Iterable[str], cells: Mapping[str, Cells]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_digest(cells[name]), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _digest(cells: Cells) -> str:
    content = "\x00".join(w or "" for w in cells).encode() if cells.dtype == object else cells.data
    return hashlib.sha256(content).hexdigest()


def _leaking(columns: TableColumns, cells: Mapping[str, Cells], labels: np.ndarray) -> list[str]:
    """Columns from which a small decision tree tells the label of every other row.

    Breiman, Friedman, Olshen & Stone 1984; with as many leaves as classes, learnt on every second
    row and judged on the others by balanced accuracy.
    """
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.tree import DecisionTreeClassifier

    rows = np.flatnonzero(labels >= 0)
    rows = rows[:: max(1, -(-len(rows) // _N_ROWS))]
    y = labels[rows]
    _, counts = np.unique(y, return_counts=True)
    if len(counts) < 2 or counts.min() < _FEWEST / 2 or len(rows) < _FEWEST:
        return []
    order = np.random.default_rng(0).permutation(len(rows))
    fit, judged = order[::2], order[1::2]
    if len(np.unique(y[fit])) < len(counts) or len(np.unique(y[judged])) < len(counts):
        return []
    found = []
    for column in columns.learnt[:_N_COLUMNS]:
        x = column.encode(cells[column.name][rows])
        tree = DecisionTreeClassifier(
            max_leaf_nodes=len(counts), class_weight="balanced", random_state=0
        )
        told = tree.fit(x[fit], y[fit]).predict(x[judged])
        if balanced_accuracy_score(y[judged], told) >= LEAKS:
            found.append(column.name)
    return found


def _listed(names: list[str]) -> str:
    return listed([name[:40] for name in names], _N_NAMED)
