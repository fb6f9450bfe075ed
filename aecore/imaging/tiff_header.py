"""The first directory of a TIFF, read before any decoder sees it: sizes, tiles, packing, pages."""

from __future__ import annotations

import struct
from dataclasses import dataclass

WIDTH, LENGTH, BITS, COMPRESSION, SAMPLES, ROWS_PER_STRIP = 256, 257, 258, 259, 277, 278
STRIP_OFFSETS, STRIP_SIZES, TILE_OFFSETS, TILE_SIZES = 273, 279, 324, 325
TILE_WIDTH, TILE_LENGTH = 322, 323
_READ = frozenset(
    (WIDTH, LENGTH, BITS, COMPRESSION, SAMPLES, ROWS_PER_STRIP, TILE_WIDTH, TILE_LENGTH)
)
_BYTES = {1: 1, 3: 2, 4: 4, 16: 8}  # of BYTE, SHORT, LONG and LONG8
_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}


@dataclass(frozen=True)
class TiffHeader:
    """What the first directory of a TIFF says.

    Parameters
    ----------
    values
        First value of each tag in `_READ` that is there; of one that is there more than once,
        the largest, for decoders do not agree on which of them counts.
    n_segments
        Strips or tiles that the file lists.
    has_next
        Whether another directory (a page) follows within the file.
    """

    values: dict[int, int]
    n_segments: int
    has_next: bool


def tiff_header(data: bytes, at: int | None = None) -> TiffHeader | None:
    """A directory of a file; None where there is no whole one.

    Parameters
    ----------
    data
        A file that begins as a TIFF or BigTIFF does.
    at
        Where the directory begins; None: the first.
    """
    order = "<" if data[:2] == b"II" else ">"
    try:
        (magic,) = struct.unpack_from(order + "H", data, 2)
        is_big = magic == 43
        n_code, offset_code, entry_bytes = ("Q", "Q", 20) if is_big else ("H", "I", 12)
        if at is None:
            (at,) = struct.unpack_from(order + offset_code, data, 8 if is_big else 4)
        (n_entries,) = struct.unpack_from(order + n_code, data, at)
        at = int(at or 0)
        first = at + struct.calcsize(n_code)
        end = first + n_entries * entry_bytes
        (following,) = struct.unpack_from(order + offset_code, data, end)
    except (struct.error, OverflowError):
        return None
    values: dict[int, int] = {}
    n_segments = 0
    for entry in range(first, end, entry_bytes):
        tag, kind, count = struct.unpack_from(order + "HH" + offset_code, data, entry)
        if tag in (STRIP_OFFSETS, STRIP_SIZES, TILE_OFFSETS, TILE_SIZES):
            n_segments = max(n_segments, count)
        elif tag in _READ and kind in _BYTES and count:
            inline = entry + 4 + struct.calcsize(offset_code)
            value = _first_value(data, order, kind, count, inline, offset_code)
            values[tag] = max(value, values.get(tag, 0))
    return TiffHeader(values, n_segments, 8 <= following < len(data) and following != at)


def _first_value(
    data: bytes, order: str, kind: int, count: int, inline: int, offset_code: str
) -> int:
    n_bytes = _BYTES[kind]
    at = inline
    if n_bytes * count > struct.calcsize(offset_code):
        (at,) = struct.unpack_from(order + offset_code, data, inline)
    try:
        return int(struct.unpack_from(order + _CODES[n_bytes], data, at)[0])
    except (struct.error, OverflowError):
        return 0
