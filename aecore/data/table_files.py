"""Files of tables, and DataFrames: their columns, cells as they came."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from aecore.data.table_cells import Cells
from aecore.data.table_rows import TableRows
from aecore.data.text_encoding import delimiter_of, encoding_of
from aecore.errors import DataError
from aecore.sentence import Sentence

TEXT_SUFFIXES = (".csv", ".tsv", ".tab")
ARRAY_SUFFIXES = (".npy", ".npz")
SUFFIXES = (*TEXT_SUFFIXES, ".parquet", ".xlsx", ".xls", ".arff", *ARRAY_SUFFIXES)
MAX_COLUMNS = 10_000
MAX_CELLS = 20_000_000
MAX_BYTES = 2**28
MAX_NAME = 200
"""Characters of a column's name that are kept."""
_HEAD = 2**16
"""Bytes that the delimiter is found in."""
_EMPTY = {"", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a"}
_HINT_ONE = Sentence("Name the character between its columns (--delimiter), or add more columns.")


def cells_of(
    what: Any,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    name: str | None = None,
    n_rows: int | None = None,
) -> dict[str, Cells]:
    """The columns of a table by name, cells as they came.

    Parameters
    ----------
    name
        What a file is called, where it lies under another name: its ending says its format.
    n_rows
        At most so many of its first rows; None: all.

    Raises
    ------
    DataError
        If it cannot be read, or has fewer than two columns or rows, or too many.
    """
    if not isinstance(what, str | Path):
        return _of_frame(what if n_rows is None else what.iloc[:n_rows])
    path = Path(what).expanduser()
    name = name or path.name
    suffix = Path(name).suffix.lower()
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(
                "{name} has more than {megabytes:,} MB.",
                "Read a part of it, and give the DataFrame or array to aecore.load.",
                name=name,
                megabytes=MAX_BYTES // 2**20,
            )
        if suffix in TEXT_SUFFIXES:
            return _of_text(path.read_bytes(), delimiter, encoding, n_rows)
    except OSError as problem:
        raise DataError(
            "{name} cannot be read: {strerror}.",
            "Check its permissions.",
            name=name,
            strerror=problem.strerror,
        ) from problem
    frame = _frame(path, name, suffix)
    return _of_frame(frame if n_rows is None else frame.iloc[:n_rows])


def cells_of_bytes(content: bytes, name: str) -> dict[str, Cells]:
    """The columns of a Parquet or Excel file by name, from its bytes; see `cells_of`."""
    return _of_frame(_frame(io.BytesIO(content), name, Path(name).suffix.lower()))


def _frame(path: Path | io.BytesIO, name: str, suffix: str) -> Any:
    try:
        return _READERS[suffix](path)
    except DataError:
        raise
    except ImportError as problem:
        raise DataError(
            "{name} cannot be read here: {reason}.",
            "Install what it names, or save the table as CSV.",
            name=name,
            reason=str(problem).partition(".")[0],
        ) from problem
    except Exception as problem:
        raise DataError(
            "{name} is no table that can be read: {problem}.",
            "Save it as CSV, and import that.",
            name=name,
            problem=str(problem)[:120],
        ) from problem


def _of_parquet(path: Path | io.BytesIO) -> Any:
    import pandas as pd
    from pyarrow.parquet import read_metadata

    about = read_metadata(path)  # first, for equal rows take hardly any bytes
    _check_cells(about.num_rows * about.num_columns)
    return pd.read_parquet(path)


def _of_excel(path: Path | io.BytesIO) -> Any:
    """The only sheet that holds anything."""
    import pandas as pd

    sheets = {str(name): sheet for name, sheet in pd.read_excel(path, sheet_name=None).items()}
    full = {name: frame for name, frame in sheets.items() if frame.size}
    if len(full) > 1:
        raise DataError(
            "It has {n} sheets: {names:.200}.",
            "Save the one that you want as a file of its own.",
            n=len(full),
            names=", ".join(full),
        )
    return next(iter(full.values()), pd.DataFrame())


def _of_arff(path: Path) -> Any:
    import pandas as pd
    from scipy.io import arff

    rows, _ = arff.loadarff(io.StringIO(path.read_text("utf-8", "replace")))
    frame = pd.DataFrame(rows)
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column].dtype):
            frame[column] = frame[column].str.decode("utf-8")
    return frame


def _of_array(path: Path) -> Any:
    """A matrix; of an npz its only one, or that named `x` or `X` with its labels `y`."""
    import pandas as pd

    found = np.load(path, allow_pickle=False)
    if isinstance(found, np.ndarray):
        return pd.DataFrame(_matrix(found), columns=_numbered(found))
    with found:
        _check_cells(sum(member.file_size for member in found.zip.infolist()) // 16)
        arrays = {member: found[member] for member in found.files}
    matrices = [member for member, array in arrays.items() if array.ndim == 2]
    named = [member for member in matrices if member.lower() in ("x", "data")] or matrices
    if len(named) != 1:
        raise DataError(
            "It holds {n_matrices:,} matrices: {arrays}.",
            "Save the one that is meant as x, rows by columns, and its labels as y.",
            n_matrices=len(matrices),
            arrays=", ".join(arrays)[:120],
        )
    x = arrays[named[0]]
    frame = pd.DataFrame(_matrix(x), columns=_numbered(x))
    for member, array in arrays.items():
        if array.ndim <= 2 and array.size == len(x) and array.ndim > 0 and member != named[0]:
            frame["label" if member.lower() in ("y", "labels") else member] = array.ravel()
    return frame


def _matrix(array: np.ndarray) -> np.ndarray:
    if array.ndim != 2:
        shape = " × ".join(map(str, array.shape))
        raise DataError(
            "It is an array of {shape}, not a matrix of rows and columns.",
            "Give pictures as files; in the library, aecore.load takes the array as it is.",
            shape=shape,
        )
    return array


def _numbered(array: np.ndarray) -> list[str]:
    return [f"column {i + 1}" for i in range(array.shape[1] if array.ndim == 2 else 0)]


_READERS: dict[str, Callable[[Any], Any]] = {
    ".parquet": _of_parquet,
    ".xlsx": _of_excel,
    ".xls": _of_excel,
    ".arff": _of_arff,
    ".npy": _of_array,
    ".npz": _of_array,
}


def _of_frame(frame: Any) -> dict[str, Cells]:
    import pandas as pd

    n, n_columns = frame.shape
    _check_size(n, n_columns)
    found: dict[str, Cells] = {}
    for name, at in zip(_unique(map(str, frame.columns)), range(n_columns), strict=True):
        column = frame.iloc[:, at]
        is_number = pd.api.types.is_numeric_dtype(column.dtype)
        if is_number and not pd.api.types.is_bool_dtype(column.dtype):
            if pd.api.types.is_complex_dtype(column.dtype):
                raise DataError(
                    "Column {name:.60} is complex.",
                    "Give its parts as two columns.",
                    name=repr(name),
                )
            found[name] = column.to_numpy(np.float64, na_value=np.nan)
            continue
        found[name] = np.array(
            [
                None if missing else _word(cell)
                for cell, missing in zip(column, _na(column), strict=True)
            ],
            object,
        )
    return found


def _na(column: Any) -> Sequence[bool]:
    return [bool(each) for each in column.isna()]


def _word(cell: Any) -> str | None:
    if isinstance(cell, dict | list | tuple | set | np.ndarray):
        raise DataError(
            "A cell of the table holds a list or a structure.", "Spread it over columns first."
        )
    word = str(cell).strip()
    return None if word.casefold() in _EMPTY else word


def _of_text(
    content: bytes, delimiter: str | None, encoding: str | None, n_rows: int | None
) -> dict[str, Cells]:
    encoding = encoding or encoding_of(content)
    try:
        head = content[:_HEAD].decode(encoding, "ignore")
        lines = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
    except LookupError as problem:
        raise DataError(
            "There is no encoding {encoding:.40}.", "Name another.", encoding=repr(encoding)
        ) from problem
    delimiter = delimiter or delimiter_of(head)
    if len(delimiter) != 1:
        raise DataError(
            "{delimiter:.40} is not one character.",
            "Name one, such as ';'.",
            delimiter=repr(delimiter),
        )
    rows = TableRows()
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for row in reader:
            if not row or not any(map(str.strip, row)):
                continue
            if rows.n and len(row) != len(rows.columns):
                raise DataError(
                    "Line {line_num:,} has {n_row:,} cells, the first {n_rows:,}.",
                    "Correct the line, or name the character between columns (--delimiter).",
                    line_num=reader.line_num,
                    n_row=len(row),
                    n_rows=len(rows.columns),
                )
            if not rows.n:
                _check_size(2, len(row))
            rows.append(row)
            if n_rows is not None and rows.n > n_rows:
                break
            if rows.n * len(row) > MAX_CELLS:
                _check_size(rows.n, len(row))
    except UnicodeDecodeError as problem:
        raise DataError(
            "After line {line_num:,} the table is not written in {encoding}.",
            "Name another encoding (--encoding).",
            line_num=reader.line_num,
            encoding=encoding,
        ) from problem
    except csv.Error as problem:
        raise DataError(
            "Line {line_num:,}: {problem}.",
            "Correct the line.",
            line_num=reader.line_num,
            problem=problem,
        ) from problem
    if not rows.n:
        raise DataError("The table is empty.", "Use one with at least two columns.")
    has_names = _are_names(rows.head)
    n_columns = len(rows.columns)
    names = rows.head[0] if has_names else [f"column {i + 1}" for i in range(n_columns)]
    _check_size(rows.n - has_names, n_columns)
    return {
        name: np.array([_word(cell) for cell in islice(rows.columns[i], has_names, None)], object)
        for i, name in enumerate(_unique(name.strip() for name in names))
    }


def _are_names(rows: list[list[str]]) -> bool:
    """Whether the first of some rows names the columns: short words that do not come again."""
    below = rows[1:]
    return not any(
        len(name) > 80 or _is_number(name) or (name and any(row[i] == name for row in below))
        for i, name in enumerate(rows[0])
    )


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[.,]*\d[\d.,]*(e[+-]?\d+)?", cell.strip(), re.I) is not None


def _check_size(n: int, n_columns: int) -> None:
    if n_columns < 2:
        raise DataError("The table has one column.", _HINT_ONE)
    if n_columns > MAX_COLUMNS:
        raise DataError(
            "The table has {n_columns:,} columns; at most {max_columns:,} are taken.",
            "Choose some of them, or turn it: rows are samples.",
            n_columns=n_columns,
            max_columns=MAX_COLUMNS,
        )
    if n < 2:
        raise DataError("The table has fewer than two rows.", "Import more.")
    _check_cells(n * n_columns)


def _check_cells(n_cells: int) -> None:
    if n_cells > MAX_CELLS:
        raise DataError(
            "The table has more than {max_cells:,} cells.",
            "Import a part of it, or its numbers as an array.",
            max_cells=MAX_CELLS,
        )


def _unique(names: Any) -> list[str]:
    found: list[str] = []
    seen: Counter[str] = Counter()
    taken: set[str] = set()
    for i, whole in enumerate(names, 1):
        given = whole if len(whole) <= MAX_NAME else f"{whole[: MAX_NAME - 1]}…"
        name = given or f"column {i}"
        seen[name] += 1
        while name in taken:
            name = f"{given} ({seen[given]})"
            seen[given] += 1
        taken.add(name)
        found.append(name)
    return found


def cells_of_text(
    content: bytes, delimiter: str | None = None, encoding: str | None = None
) -> dict[str, Cells]:
    """The columns of a CSV or TSV file by name, from its bytes; see `cells_of`."""
    return _of_text(content, delimiter, encoding, None)
