"""Where rows come from: arrays that were handed over, tables and texts that were sent, our own."""

from __future__ import annotations

from collections.abc import Generator

from aecore.artifact import Progress
from aecore.data import arrays, notes, planted_baskets, sensors, texts
from aecore.data.baskets import arrays_of_baskets
from aecore.data.memory import reading_bytes
from aecore.data.sources import Raw
from aecore.data.table_upload import arrays_of_upload, table_of
from aecore.data.tables import arrays_of_table
from aecore.data.uploads import manifest_of
from aecore.errors import DataError
from aecore.imaging.process_limits import bounded_memory
from aecore.specs.data import OF_ROWS, DataSpec, TextSpec
from aecore.store import Store

TABLE_BYTES = 8_000_000_000
"""What reading a table may take, where the machine has as much."""


def needs_no_decoding(store: Store, spec: DataSpec) -> bool:
    """Whether samples are rows, or an array, and not pictures in files.

    Raises
    ------
    DataError
        For an upload that is none.
    """
    if spec.source != "own":
        return spec.source in OF_ROWS
    upload = str(spec.upload)
    if spec.baskets is not None or spec.texts is not None:
        return True
    return arrays.kept_shape(store, upload) is not None or table_of(store, upload) is not None


def bringing(store: Store, spec: DataSpec) -> Generator[Progress, None, Raw]:
    """Read them, yielding how far it is.

    Raises
    ------
    DataError
        Naming row and column.
    """
    if spec.source != "own":
        return (yield from _of_ours(spec))
    if spec.texts is not None:
        return (yield from texts.reading(store, spec))
    if spec.baskets is not None and arrays.kept_shape(store, str(spec.upload)) is None:
        yield Progress("reading the baskets")
        with bounded_memory(reading_bytes(TABLE_BYTES)):
            return _baskets(store, spec)
    is_array = table_of(store, str(spec.upload)) is None
    yield Progress("reading the array" if is_array else "reading the table")
    with bounded_memory(reading_bytes(TABLE_BYTES)):
        if is_array:
            return arrays.kept_arrays(store, str(spec.upload))
        return arrays_of_upload(store, spec).raw


def _of_ours(spec: DataSpec) -> Generator[Progress, None, Raw]:
    """Rows that ship, made by a seeded function."""
    if spec.source == "sensors":
        yield Progress("making the readings")
        asked = {column.name: column.kind for column in spec.columns}
        kinds = {**sensors.COLUMN_KINDS, **asked}
        return arrays_of_table(sensors.readings(), spec, columns=kinds).raw
    if spec.source == "notes":
        yield Progress("writing the notes")
        words, topics = notes.notes()
        return texts.raw_of(words, TextSpec(), labels=topics, label_names=notes.TOPICS)
    yield Progress("filling the baskets")
    return planted_baskets.baskets().raw


def _baskets(store: Store, spec: DataSpec) -> Raw:
    """Baskets that were sent, with a second file of names where there is one."""
    files = manifest_of(store, str(spec.upload)).get("files", [])
    if spec.baskets is None or not 1 <= len(files) <= 2:
        raise DataError(
            "Baskets come as one table, or with a second one of names; {n_files:,} files came.",
            "Give the table of choices first, then that of names.",
            n_files=len(files),
        )
    paths = [store.uploads / str(spec.upload) / file["file"] for file in files]
    names = [str(file["name"]) for file in files]
    return arrays_of_baskets(
        paths[0],
        spec.baskets,
        paths[1] if len(paths) > 1 else None,
        delimiter=spec.delimiter,
        encoding=spec.encoding,
        name=names[0],
        things_name=names[-1],
    ).raw
