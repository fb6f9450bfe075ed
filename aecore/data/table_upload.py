"""Tables that were sent: how they are understood before they come in, and their rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aecore.data.arrays import Arrays
from aecore.data.table_cells import as_words
from aecore.data.table_columns import column_of
from aecore.data.table_files import SUFFIXES, cells_of
from aecore.data.tables import arrays_of_table
from aecore.data.uploads import manifest_of
from aecore.errors import DataError
from aecore.specs.data import DataSpec
from aecore.store import Store

N_LOOKED_AT = 20_000
"""First rows that the kinds of columns are told from before a table comes in."""
_N_EXAMPLES, _EXAMPLE = 3, 40


def table_of(store: Store, upload: str) -> tuple[Path, str] | None:
    """Where the table of an upload lies, and what it is called; None of any other upload.

    Raises
    ------
    DataError
        For an id that is none, or was never given.
    """
    files = manifest_of(store, upload).get("files", [])
    if len(files) != 1 or Path(files[0]["name"]).suffix.lower() not in SUFFIXES:
        return None
    return store.uploads / upload / files[0]["file"], str(files[0]["name"])


def arrays_of_upload(store: Store, spec: DataSpec) -> Arrays:
    """The rows of a table that was sent.

    Raises
    ------
    DataError
        Naming row and column.
    """
    found = table_of(store, str(spec.upload))
    if found is None:
        raise DataError("This upload is no table.", "Import it as pictures.")
    path, name = found
    return arrays_of_table(
        path,
        spec,
        columns={column.name: column.kind for column in spec.columns},
        delimiter=spec.delimiter,
        encoding=spec.encoding,
        name=name,
    )


def described(
    path: str,
    name: str,
    delimiter: str | None = None,
    encoding: str | None = None,
    n_rows: int = N_LOOKED_AT,
) -> dict[str, Any]:
    """How the columns of a table are understood, by its first rows; as JSON can.

    Returns
    -------
    dict
        `n_rows` that were looked at, and `columns`: of each `name`, `kind`, `n_different`,
        `missing` (share of empty cells, 0 to 1), and `examples`.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    cells = cells_of(path, delimiter=delimiter, encoding=encoding, name=name, n_rows=n_rows)
    n = len(next(iter(cells.values())))
    return {
        "n_rows": n,
        "is_whole": n < n_rows,
        "columns": [_described(column, cells) for column in cells],
    }


def _described(name: str, cells: Mapping[str, np.ndarray]) -> dict[str, Any]:
    words = as_words(cells[name])
    known = list(dict.fromkeys(word for word in words if word is not None))
    try:
        kind = column_of(name, cells[name], np.arange(len(words))).kind
    except DataError:  # told, with its row, as the table comes in
        kind = "left_out"
    return {
        "name": name,
        "kind": kind,
        "n_different": len(known),
        "missing": sum(word is None for word in words) / len(words),
        "examples": ", ".join(word[:_EXAMPLE] for word in known[:_N_EXAMPLES]),
    }
