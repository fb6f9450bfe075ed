"""Rows by the columns that a person knows: values in the table's own units, errors by column."""

from __future__ import annotations

from typing import Any

import numpy as np

from aecore.data.samples import SampleSet
from aecore.data.sparse_rows import SparseRows
from aecore.errors import DataError

_N_SPREAD = 4096


def column_names(samples: SampleSet) -> tuple[str, ...]:
    """Names of the columns that are learnt from; of rows without a table "column 1" and on.

    Raises
    ------
    DataError
        If samples are pictures.
    """
    _check(samples)
    if samples.table is None:
        numbered = (f"column {i + 1}" for i in range(samples.shape[0]))
        return samples.feature_names or tuple(numbered)
    return tuple(column.name for column in samples.table.learnt)


def feature_names(samples: SampleSet) -> tuple[str, ...]:
    """A name for each of the F numbers of a row.

    Raises
    ------
    DataError
        If samples are pictures.
    """
    return column_names(samples) if samples.table is None else samples.table.feature_names


def column_of_feature(samples: SampleSet) -> np.ndarray:
    """Which of `column_names` each number of a row belongs to, int64 `(F,)`."""
    _check(samples)
    if samples.table is None:
        return np.arange(samples.shape[0])
    counts = [column.n_features for column in samples.table.learnt]
    return np.repeat(np.arange(len(counts)), counts)


def in_own_units(samples: SampleSet, x: np.ndarray) -> dict[str, list[Any]]:
    """Rows `(n, F)`, such as `samples.x[rows]` or a reconstruction, as columns by name."""
    _check(samples)
    if samples.table is not None:
        return samples.table.decode(np.asarray(x))
    return {name: x[:, i].tolist() for i, name in enumerate(column_names(samples))}


def errors_by_column(samples: SampleSet, x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Squared error of each row in each column, float64 `(n, n_columns)`, 0 or more.

    In variances of the column over the training part, so that columns can be compared: 1 is what
    guessing the mean costs on average. Of a category it is summed over its words, at most 2.
    """
    errors = ((np.asarray(x_hat, np.float64) - x) / _spread(samples)) ** 2
    return sum_by_column(samples, errors)


def sum_by_column(samples: SampleSet, values: np.ndarray) -> np.ndarray:
    """Values of features `(n, F)` added up over those of each column, float64 `(n, n_columns)`."""
    found = np.zeros((len(values), len(column_names(samples))))
    for feature, column in enumerate(column_of_feature(samples)):
        found[:, column] += values[:, feature]
    return found


def column_values(
    samples: SampleSet, name: str, rows: np.ndarray | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """A column of some rows (None: of all) to draw or to colour by.

    Returns
    -------
    tuple
        float32 `(n,)`: numbers, NaN where there is none, a date in days since 1970; or indices
        into the words that come second, -1 where there is none.
    """
    at = column_names(samples).index(name)
    features = np.flatnonzero(column_of_feature(samples) == at)
    x = samples.x if rows is None else samples.x[rows]
    x = x.columns(features) if isinstance(x, SparseRows) else np.asarray(x[:, features])
    if samples.table is None:
        return x[:, 0].astype(np.float32), ()
    column = samples.table.learnt[at]
    cells = column.decode(x)
    if column.kind in ("category", "yes_no"):
        names = tuple(dict.fromkeys(word for word in sorted(filter(None, cells))))
        index = {word: i for i, word in enumerate(names)}
        return np.array([index.get(cell, -1) for cell in cells], np.float32), names
    if column.kind == "date":
        days = [np.nan if c is None else np.datetime64(c, "s").astype(float) / 86400 for c in cells]
        return np.array(days, np.float32), ()
    return np.array([np.nan if cell is None else cell for cell in cells], np.float32), ()


def _spread(samples: SampleSet) -> np.ndarray:
    """What an error is divided by: of a table nothing, for its columns are standardized."""
    if samples.table is not None:
        return np.ones(samples.shape[0])
    train = samples.parts["train"]
    some = np.asarray(samples.x[train[:: max(1, len(train) // _N_SPREAD)]], np.float64)
    spread: np.ndarray = some.std(0)
    return np.where(spread > 1e-12, spread, 1.0)


def _check(samples: SampleSet) -> None:
    if samples.is_pictures:
        raise DataError("These samples are pictures, not rows.", "Open data that is a table.")
