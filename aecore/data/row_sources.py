"""Where rows come from: an array that was handed over, a table that was sent, readings of ours."""

from __future__ import annotations

from collections.abc import Generator

from aecore.artifact import Progress
from aecore.data import arrays, sensors
from aecore.data.sources import Raw
from aecore.data.table_upload import arrays_of_upload, table_of
from aecore.data.tables import arrays_of_table
from aecore.imaging.process_limits import bounded_memory
from aecore.specs.data import OF_ROWS, DataSpec
from aecore.store import Store

TABLE_BYTES = 8_000_000_000
"""What reading a table may take."""


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
    return arrays.kept_shape(store, upload) is not None or table_of(store, upload) is not None


def bringing(store: Store, spec: DataSpec) -> Generator[Progress, None, Raw]:
    """Read them, yielding how far it is.

    Raises
    ------
    DataError
        Naming row and column.
    """
    if spec.source == "sensors":
        yield Progress("making the readings")
        asked = {column.name: column.kind for column in spec.columns}
        kinds = {**sensors.COLUMN_KINDS, **asked}
        return arrays_of_table(sensors.readings(), spec, columns=kinds).raw
    if table_of(store, str(spec.upload)) is None:
        yield Progress("reading the array")
        return arrays.kept_arrays(store, str(spec.upload))
    yield Progress("reading the table")
    with bounded_memory(TABLE_BYTES):
        return arrays_of_upload(store, spec).raw
