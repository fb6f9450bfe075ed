"""Samples that a caller hands over: kept, and what to call them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from aecore.artifact import Progress, run_to_end
from aecore.errors import DataError, NotFinishedError
from aecore.sentence import plural
from aecore.specs.data import OF_ROWS, BasketsAsked, DataSpec, TextSpec
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
                    "{name} cannot be read: {reason}.",
                    "Name other files.",
                    name=problem.filename,
                    reason=problem.strerror,
                ) from problem
            return receive(store, zip(map(str, paths), streams, strict=True), of="")
    if not is_array_like(what):
        raise DataError(
            "A {name} holds no samples.",
            "Give a name, a path, an array, a tensor or a torch Dataset.",
            name=type(what).__name__,
        )
    return keep_arrays(store, arrays_of(what, labels))


def keep_path(
    path: Path, store: Store, watch: Callable[[str, Progress], None], stop: Callable[[], bool]
) -> str | None:
    """Keep a file, or point to a folder; the id of the upload, None where there is neither.

    Raises
    ------
    DataError
    NotFinishedError
        If `stop` said so while a folder was read.
    StoreFullError
    """
    from aecore.data.uploads import keep_file, linking_folder
    from aecore.jobs.room import make_room_for

    def tell(progress: Progress) -> None:
        watch("", progress)
        if stop():
            raise NotFinishedError("Reading the folder was stopped.", "Ask for it again.")

    if path.is_dir():
        return run_to_end(linking_folder(store, path), tell)
    if not path.is_file():
        return None
    with suppress(OSError):  # what cannot be read is told below
        make_room_for(store, path.stat().st_size)
    return keep_file(store, path)


def keep_table(
    what: Any,
    spec: DataSpec,
    store: Store,
    baskets: dict[str, Any] | None,
    things: Any,
    *,
    labels: Any = None,
    columns: dict[str, str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> str:
    """Keep the rows of a table, or of baskets; the id of the upload. See `lab.data_spec`."""
    from aecore.data.arrays import keep_arrays
    from aecore.data.baskets import arrays_of_baskets
    from aecore.data.tables import arrays_of_table

    text: dict[str, Any] = {"delimiter": delimiter, "encoding": encoding}
    if baskets is None:
        arrays = arrays_of_table(what, spec, labels=labels, columns=columns, **text)
    else:
        arrays = arrays_of_baskets(what, BasketsAsked.of(**baskets), things, **text)
    return keep_arrays(store, arrays)


def texts_asked(
    what: Samples,
    texts: bool | dict[str, Any],
    labels: Any,
    store: Store,
    *,
    columns: Any = None,
) -> tuple[TextSpec, str | None]:
    """How samples are read as texts, and the id of the upload where they are listed strings.

    Raises
    ------
    DataError
        If one is no text, labels are not as many, or come with files.
    SpecError
        If a setting is out of bounds.
    """
    from aecore.data.uploads import receive

    asked = {} if texts is True else dict(texts or {})
    if columns:
        raise DataError("Kinds of columns are of tables of numbers.", "Name the text column alone.")
    if isinstance(what, str | Path):
        if labels is not None:
            raise DataError(
                "Labels come with a list of texts.",
                "For files, put them in folders, a labels.csv, or a column of the table.",
            )
        return TextSpec.of(**asked), None
    listed = list(what)
    if not all(isinstance(text, str) for text in listed):
        raise DataError("Some of the texts are no strings.", "Give a path, or a list of str.")
    words = [""] * len(listed) if labels is None else [str(label) for label in labels]
    if len(words) != len(listed):
        raise DataError(
            "{n_words:,} labels came with {n_listed:,} texts.",
            "Give one for each.",
            n_words=len(words),
            n_listed=len(listed),
        )
    table = io.StringIO()
    csv.writer(table).writerows([("text", "label"), *zip(listed, words, strict=True)])
    upload = receive(store, [("texts.csv", table.getvalue().encode())], of="")
    how = {"each": "row", "column": "text", "label_column": "label"}
    return TextSpec.of(**{**how, **asked}), upload


def are_pictures(store: Store, asked: DataSpec) -> bool:
    from aecore.data.arrays import kept_shape
    from aecore.data.table_upload import table_of

    if asked.source != "own":
        return asked.source not in OF_ROWS
    if asked.texts is not None:
        return False
    shape = kept_shape(store, str(asked.upload))
    if shape is None:
        return table_of(store, str(asked.upload)) is None
    return len(shape) == 4


def samples_title(what: Samples) -> str:
    if isinstance(what, str | Path):
        return Path(what).name
    n = what.shape[0] if hasattr(what, "shape") else len(what)
    return plural("{n:,} sample", "{n:,} samples", n)
