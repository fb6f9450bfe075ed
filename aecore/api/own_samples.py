"""Samples that a caller hands over: kept, and what to call them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from aecore.errors import DataError
from aecore.specs.data import OF_ROWS, DataSpec
from aecore.store import Store

Samples = Any
"""A name or path, files, an array, a tensor, or a torch Dataset; see `data_spec`."""


def keep_samples(what: Any, labels: Any, store: Store) -> str:
    """Keep files that are listed, or an array; the id of the upload."""
    from aecore.data.arrays import arrays_of, is_array_like, keep_arrays
    from aecore.data.uploads import receive

    if isinstance(what, list | tuple) and what and all(isinstance(w, str | Path) for w in what):
        if labels is not None:
            raise DataError("Labels come with an array.", "Put files in folders, or a labels.csv.")
        with ExitStack() as files:
            paths = [Path(each).expanduser() for each in what]
            try:
                streams = [files.enter_context(path.open("rb")) for path in paths]
            except OSError as problem:
                raise DataError(
                    f"{problem.filename} cannot be read: {problem.strerror}.", "Name other files."
                ) from problem
            return receive(store, zip(map(str, paths), streams, strict=True), of="")
    if not is_array_like(what):
        raise DataError(
            f"A {type(what).__name__} holds no samples.",
            "Give a name, a path, an array, a tensor or a torch Dataset.",
        )
    return keep_arrays(store, arrays_of(what, labels))


def are_pictures(store: Store, asked: DataSpec) -> bool:
    from aecore.data.arrays import kept_shape
    from aecore.data.table_upload import table_of

    if asked.source != "own":
        return asked.source not in OF_ROWS
    shape = kept_shape(store, str(asked.upload))
    if shape is None:
        return table_of(store, str(asked.upload)) is None
    return len(shape) == 4


def samples_title(what: Samples) -> str:
    if isinstance(what, str | Path):
        return Path(what).name
    n = what.shape[0] if hasattr(what, "shape") else len(what)
    return f"{n:,} samples"
