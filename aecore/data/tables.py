"""Tables in: what their columns are, and the rows of numbers that they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aecore.data.arrays import Arrays
from aecore.data.label_table import MAX_WORDS
from aecore.data.samples import Column, split
from aecore.data.table_cells import Cells, as_words, numbers_of
from aecore.data.table_columns import (
    KINDS,
    NOT_LEARNT,
    ColumnKind,
    TableColumn,
    TableColumns,
    column_of,
)
from aecore.data.table_files import SUFFIXES, cells_of
from aecore.data.table_health import warnings_of
from aecore.errors import DataError
from aecore.sentence import Sentence, listed, plural
from aecore.specs.data import DataSpec

LABELS: tuple[ColumnKind, ...] = ("label", "anomaly")
"""Kinds of the column that the labels are read from."""
MAX_BESIDE = 20
"""Columns kept beside the rows that are not learnt from."""
MAX_CLASSES = 10_000
"""Different words that the label may have."""
_LARGEST = float(np.finfo(np.float32).max)
MAX_TEXT = 20_000
"""Characters of a text that stands beside a row which are kept."""
ANOMALY_NAMES = ("normal", "anomaly")
"""Labels of a table with a column that says which rows are anomalous."""
_NORMAL = {
    "0",
    "-0",
    "no",
    "n",
    "false",
    "f",
    "normal",
    "inlier",
    "good",
    "ok",
    "нет",
    "nein",
    "否",
}
_ANOMALOUS = {"1", "yes", "y", "true", "t", "anomaly", "anomalous", "outlier", "fault", "да", "ja"}
_ANOMALOUS |= {"bad", "abnormal", "是"}


def is_table(what: object) -> bool:
    """Whether something is a DataFrame, or the name of a table's file."""
    if isinstance(what, str | Path):
        return Path(what).suffix.lower() in SUFFIXES and Path(what).expanduser().is_file()
    return hasattr(what, "columns") and hasattr(what, "iloc")


def arrays_of_table(
    what: Any,
    spec: DataSpec,
    *,
    labels: Any = None,
    columns: Mapping[str, str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    name: str | None = None,
) -> Arrays:
    """A table as rows of numbers, scaled by those rows that are trained on.

    Parameters
    ----------
    what
        A DataFrame, or the path of a CSV, TSV, Parquet or Excel file.
    spec
        Its parts and their seed decide which rows those are.
    labels
        `(n,)`; None: those of the column that is the label, where there is one.
    columns
        Kinds of columns that are to be read otherwise than they are understood; see `ColumnKind`.
    delimiter, encoding
        Of a text file; None: found out.
    name
        What a file is called, where it lies under another name.

    Raises
    ------
    DataError
        Naming row and column.
    """
    cells = cells_of(what, delimiter=delimiter, encoding=encoding, name=name)
    n = len(next(iter(cells.values())))
    asked = _asked(columns or {}, cells)
    if spec.n_max is not None and spec.n_max < n:
        kept = np.sort(np.random.default_rng(spec.seed).permutation(n)[: spec.n_max])
        cells, n = {name: column[kept] for name, column in cells.items()}, spec.n_max
        labels = None if labels is None else np.asarray(labels)[kept]
    parts = split(
        n, val_fraction=spec.val_fraction, test_fraction=spec.test_fraction, seed=spec.seed
    )
    found = _columns(cells, parts["train"], asked)
    numbers, names = _labels(found, cells) if labels is None else _given(labels, n)
    if spec.normal and numbers is not None:
        is_normal = np.isin(numbers, [names.index(name) for name in spec.normal if name in names])
        if (rows := parts["train"][is_normal[parts["train"]]]).size:
            found = _columns(cells, rows, asked)
    if not sum(column.n_features for column in found.columns):
        raise DataError(
            "No column of the table holds anything to learn from.",
            "All are empty, ids, texts or labels: read one as a number or a category.",
        )
    told, warned = _told(found, cells), warnings_of(found, cells, numbers)
    return Arrays(
        found.encode(cells),
        numbers,
        names,
        found,
        told,
        warned,
        _beside(found, cells),
        texts=_texts(found, cells),
    )


def _columns(
    cells: Mapping[str, Cells], rows: np.ndarray, asked: Mapping[str, ColumnKind]
) -> TableColumns:
    return TableColumns(
        tuple(column_of(name, column, rows, asked.get(name)) for name, column in cells.items())
    )


def _asked(columns: Mapping[str, str], cells: Mapping[str, Cells]) -> dict[str, ColumnKind]:
    found: dict[str, ColumnKind] = {}
    for name, word in columns.items():
        kind = next((known for known in KINDS if known == word.replace(" ", "_")), None)
        if name not in cells:
            raise DataError(
                "The table has no column {name:.60}.",
                "Its columns are {cells}.",
                name=repr(name),
                cells=", ".join(list(cells)[:20]),
            )
        if kind is None:
            raise DataError(
                "{word:.40} is no kind of column.",
                "Choose of {kinds}.",
                word=repr(word),
                kinds=", ".join(KINDS),
            )
        found[name] = kind
    if sum(kind in LABELS for kind in found.values()) > 1:
        raise DataError("Two columns are to be the label.", "Name one.")
    return found


def _labels(
    found: TableColumns, cells: Mapping[str, Cells]
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Of the first column that is the label; -1 where its cell is empty."""
    # what a person says is anomalous goes before a label that is only understood as one
    order = sorted(found.columns, key=lambda column: column.kind != "anomaly")
    column = next((each for each in order if each.kind in LABELS), None)
    if column is None:
        return None, ()
    words = as_words(cells[column.name])
    if column.kind == "anomaly":
        return _anomalies(column.name, words), ANOMALY_NAMES
    names = sorted({word for word in words if word is not None})
    if len(names) > MAX_CLASSES:
        raise DataError(
            "Column {name:.60} has {n_names:,} different words; a label has at most "
            "{max_classes:,}.",
            "Read it as text or as an id, or leave it out.",
            name=repr(column.name),
            n_names=len(names),
            max_classes=MAX_CLASSES,
        )
    index: dict[str | None, int] = {word: i for i, word in enumerate(names)}
    return np.array([index.get(word, -1) for word in words], np.int64), tuple(names)


def _beside(found: TableColumns, cells: Mapping[str, Cells]) -> dict[str, Column]:
    """Columns that are not learnt from but say something of rows: to colour a map by."""
    beside = {}
    for column in found.columns:
        if column.kind not in ("label", "anomaly", "left_out"):
            continue
        values = numbers_of(cells[column.name])
        words = as_words(cells[column.name])
        names = tuple(sorted({word for word in words if word is not None}))
        if len(names) < 2:
            continue
        is_word = np.array([word is not None for word in words])
        if (np.abs(values[is_word]) <= _LARGEST).all():  # no NaN, and none that overflows
            beside[column.name] = Column(values.astype(np.float32))
        elif len(names) <= MAX_WORDS:
            index = {word: i for i, word in enumerate(names)}
            numbers = [-1 if word is None else index[word] for word in words]
            beside[column.name] = Column(np.array(numbers, np.float32), names)
    return dict(list(beside.items())[:MAX_BESIDE])


def _texts(found: TableColumns, cells: Mapping[str, Cells]) -> tuple[str, ...]:
    """Of the first column of texts, "" where its cell is empty; () where there is none.

    So numbers that stand for texts (embeddings computed elsewhere) keep what they stand for.
    """
    column = next((each for each in found.columns if each.kind == "text"), None)
    if column is None:
        return ()
    return tuple((word or "")[:MAX_TEXT] for word in as_words(cells[column.name]))


def _anomalies(name: str, words: Sequence[str | None]) -> np.ndarray:
    """0 where a row is normal, 1 where it is not, -1 where its cell is empty."""
    found = np.empty(len(words), np.int64)
    for row, word in enumerate(words):
        known = None if word is None else word.casefold()
        if known is not None and known not in _NORMAL | _ANOMALOUS:
            raise DataError(
                "Row {row:,}, column {name:.60}: {word:.40} is neither normal nor anomalous.",
                "Write 0 or 1, no or yes, normal or anomaly; or read the column as the label.",
                row=row + 1,
                name=repr(name),
                word=repr(word),
            )
        found[row] = -1 if known is None else int(known in _ANOMALOUS)
    return found


def _given(labels: Any, n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    given = np.asarray(labels)
    if given.shape != (n,):
        raise DataError(
            "{size:,} labels came with {n:,} rows.", "Give one for each.", size=given.size, n=n
        )
    known, numbers = np.unique(given, return_inverse=True)
    return numbers.astype(np.int64), tuple(str(name) for name in known)


def _told(found: TableColumns, cells: Mapping[str, Cells]) -> tuple[str, ...]:
    """How the table was understood, in sentences."""
    by_kind: dict[str, list[TableColumn]] = {}
    for column in found.columns:
        by_kind.setdefault(column.kind, []).append(column)
    told: list[str] = []
    for kind, columns in by_kind.items():
        about = {
            "kind": Sentence(kind.replace("_", " ")),
            "names": listed([column.name[:40] for column in columns], 8),
        }
        if kind in NOT_LEARNT and kind not in LABELS and kind != "left_out":
            told.append(Sentence("Columns read as {kind}, not learnt from: {names}.", **about))
        else:
            told.append(Sentence("Columns read as {kind}: {names}.", **about))
    if ranked := [column.name for column in found.columns if column.knots]:
        told.append(Sentence("Skewed, so scaled by rank: {names}.", names=", ".join(ranked[:8])))
    if hashed := [column.name for column in found.columns if column.n_hashed]:
        told.append(
            Sentence(
                "Many words, so hashed (words of one bucket come back as its most frequent one): "
                "{names}.",
                names=", ".join(hashed[:8]),
            )
        )
    for column in found.columns:
        n_missing = sum(word is None for word in as_words(cells[column.name]))
        if n_missing and column.has_missing:
            told.append(
                plural(
                    "{name}: {n:,} empty cell becomes the mean, and is marked.",
                    "{name}: {n:,} empty cells become the mean, and are marked.",
                    n_missing,
                    name=column.name,
                )
            )
    return tuple(told[:30])
