"""Rows of a table on a page: as they came, and beside their reconstruction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from aecore.data.row_values import (
    column_names,
    errors_by_column,
    in_own_units,
    sum_by_column,
)
from aecore.data.samples import SampleSet
from aecore.data.sparse_rows import SparseRows
from pages.ui.translation import _, mark

if TYPE_CHECKING:
    from aecore.runs import OpenRun

ERROR, NATS = mark("Error (variances)"), mark("Error (nats)")
_HEIGHT_PX = 420
_N_STORED = 30
"""Columns of a sparse row that are named."""


def values(samples: SampleSet, rows: np.ndarray) -> dict[str, list[Any]]:
    """Chosen rows as columns by name, in the table's own units, their number and class first."""
    found: dict[str, list[Any]] = {"row": [int(row) for row in rows]}
    if samples.labels is not None:
        names = (*samples.label_names, None)  # -1: none
        found["class"] = [names[int(samples.labels[row])] for row in rows]
    if samples.texts:
        found["text"] = [beginning(samples.texts[row]) for row in rows]
    if samples.vocabulary is not None:
        return found
    if isinstance(samples.x, SparseRows):
        return found | _stored(samples, samples.x, rows)
    for name, cells in in_own_units(samples, np.asarray(samples.x[rows])).items():
        found[name if name not in found else _("{name} (column)", name=name)] = cells
    return found


def _stored(samples: SampleSet, x: SparseRows, rows: np.ndarray) -> dict[str, list[Any]]:
    """What sparse rows hold, those of most value first."""
    names = column_names(samples)
    counts: list[int] = []
    words: list[str] = []
    for row in rows:
        columns, held = x.row(int(row))
        order = np.argsort(-held, kind="stable")
        counts.append(len(columns))
        shown = [_with_value(names[columns[i]], float(held[i])) for i in order[:_N_STORED]]
        words.append(", ".join(shown) + ("…" if len(order) > _N_STORED else ""))
    found: dict[str, list[Any]] = {"columns": list(counts), "holds": list(words)}
    return ({"name": [samples.names[row] for row in rows]} if samples.names else {}) | found


def beginning(text: str, n: int = 300) -> str:
    """A text on one line, cut after a word.

    Examples
    --------
    >>> beginning("One two\\nthree", 10)
    'One two …'
    """
    words = " ".join(text.split())
    return words if len(words) <= n else words[:n].rsplit(" ", 1)[0] + " …"


def _with_value(name: str, value: float) -> str:
    return name if value == 1 else f"{name} {value:.3g}"


def table(samples: SampleSet, rows: np.ndarray, *, key: str, height_px: int = _HEIGHT_PX) -> None:
    """Chosen rows, one a line."""
    st.dataframe(values(samples, rows), hide_index=True, key=key, height=height_px)


@dataclass(frozen=True)
class RowErrors:
    """Errors of rows by column.

    Parameters
    ----------
    values
        `(n, n_columns)`, 0 or more.
    title
        With the unit: `NATS` of a run that learnt rows by a likelihood, else `ERROR`.
    """

    values: np.ndarray
    title: str

    @property
    def totals(self) -> list[float]:
        """Of each row."""
        found: list[float] = self.values.sum(1).tolist()
        return found


def row_errors(samples: SampleSet, run: OpenRun, x: np.ndarray, x_hat: np.ndarray) -> RowErrors:
    """Errors of rows `(n, F)` and their reconstructions, by what the run made small."""
    nats = run.nats(x)
    if nats is None:
        return RowErrors(errors_by_column(samples, x, x_hat), ERROR)
    return RowErrors(sum_by_column(samples, nats), NATS)


def by_column(
    samples: SampleSet, x: np.ndarray, x_hat: np.ndarray, errors: RowErrors
) -> dict[str, list[Any]]:
    """One row `(F,)` beside its reconstruction, a line a column, those with most error first.

    Parameters
    ----------
    errors
        Of this row alone.
    """
    order = np.argsort(-errors.values[0], kind="stable")
    came, back = in_own_units(samples, x[None]), in_own_units(samples, x_hat[None])
    names = list(came)
    return {
        _("Column"): [names[i] for i in order],
        _("Original"): [shown(came[names[i]][0]) for i in order],
        _("Reconstruction"): [shown(back[names[i]][0]) for i in order],
        errors.title: [float(errors.values[0, i]) for i in order],
    }


def blamed(
    samples: SampleSet, rows: np.ndarray, errors: RowErrors, n_columns: int
) -> dict[str, list[Any]]:
    """Rows with their error, and the columns that have most of it.

    Parameters
    ----------
    n_columns
        So many are named.
    """
    names = column_names(samples)
    found: dict[str, list[Any]] = {_("Row"): [int(row) for row in rows]}
    if samples.labels is not None:
        called = (*samples.label_names, None)  # -1: none
        found[_("Class")] = [called[int(samples.labels[row])] for row in rows]
    found[errors.title] = errors.totals
    order = np.argsort(-errors.values, axis=1, kind="stable")[:, :n_columns]
    found[_("Most in")] = [", ".join(names[i] for i in worst) for worst in order]
    return found


def by_column_table(
    samples: SampleSet,
    run: OpenRun,
    x: np.ndarray,
    x_hat: np.ndarray,
    *,
    key: str,
    height_px: int = _HEIGHT_PX,
) -> None:
    """Draw it; see `by_column`."""
    errors = row_errors(samples, run, x[None], x_hat[None])
    found = by_column(samples, x, x_hat, errors)
    st.dataframe(
        found,
        hide_index=True,
        key=key,
        height=height_px,
        column_config={errors.title: error_column(found[errors.title], errors.title)},
    )


def error_column(errors: list[float], title: str = ERROR) -> Any:
    """How a column of errors is drawn: a bar that is full at the largest."""
    return st.column_config.ProgressColumn(
        title,
        format="%.2f",
        min_value=0.0,
        max_value=max(1.0, *errors),
        help=_(
            "Negative log-likelihood: of a number its squared error in variances, of a word or a "
            "yes -log of the probability that it was given; 0.7 is the toss of a coin."
        )
        if title == NATS
        else _(
            "Squared error divided by the variance of the column; 1 is what guessing the mean "
            "costs on average."
        ),
    )


def shown(cell: Any, digits: int = 6) -> str:
    """A cell of a column of mixed kinds, as text."""
    if cell is None:
        return "(empty)"
    return f"{cell:.{digits}g}" if isinstance(cell, float) else str(cell)
