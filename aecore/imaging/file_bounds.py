"""What a picture's file may ask of its decoder, counted in the file before a decoder sees it.

A picture's size bounds what its pixels cost. These bound the rest: scans of a JPEG, blocks and
chunks between the pixels, tiles and strips of a TIFF, and how they are packed.
"""

from __future__ import annotations

import re
import struct

from aecore.errors import PictureError
from aecore.imaging.tiff_header import (
    BITS,
    COMPRESSION,
    LENGTH,
    ROWS_PER_STRIP,
    SAMPLES,
    TILE_LENGTH,
    TILE_WIDTH,
    WIDTH,
    tiff_header,
)
from aecore.sentence import Sentence

MAX_SCANS = 100
"""Of a JPEG; honest ones have about ten. Each costs a pass over the whole picture."""
MAX_BLOCKS = 10_000
"""Of a JPEG's segments, a PNG's chunks that hold no pixels, and a WebP's chunks."""
MAX_DATA_CHUNKS = 200_000
"""Of a PNG's chunks that hold pixels, and of a GIF's blocks before its first picture."""
MAX_SEGMENTS = 100_000
"""Strips or tiles of a TIFF: as many rows has no picture that is one row a strip."""
MAX_NOTES_BYTES = 64 * 2**20
"""Of what stands before a JPEG's first scan: notes, profiles, small pictures."""
MAX_PACKED_BYTES = 128_000_000
"""What one strip or tile of a TIFF that is packed may have unpacked."""
MAX_SAMPLES = 4
"""Channels of a TIFF: what is more, a decoder would leave out without a word."""
COMPRESSIONS = frozenset((1, 2, 3, 4, 5, 7, 8, 32773, 32946))
"""TIFFs are read raw, as fax (2 to 4), LZW, JPEG, deflate and PackBits."""
_PACKINGS = {
    6: Sentence("an old kind of JPEG"),
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34676: "SGI LogLuv",
    34677: "SGI LogLuv",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: Sentence("a lossy JPEG of raw files"),
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
}
MAX_TEXT_BYTES = 16 * 2**20
"""Of a PGM, PPM or PBM that is written as text."""
_EXTENT = re.compile(rb"ispe.{4}(.{8})", re.DOTALL)
_LARGE_TILE_PX = 1_000_000
_NEXT_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_NO_MARKERS = frozenset((0x00, 0x01, *range(0xD0, 0xD8), 0xFF))
_JUNK = 1_000
_MAX_INK_PX = 50_000_000
_FEW_SCANS, _MAX_PX_OF_SCANS = 20, 6_400_000_000
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))  # JPEG's markers that no length follows
_SCAN, _END = 0xDA, 0xD9
_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))
_PIXELS_OF_PNG = (b"IDAT", b"fdAT", b"fcTL")


def check_file(data: bytes, n_pixels: int) -> None:
    """Refuse a file that would cost a decoder far more than its pixels do.

    Parameters
    ----------
    data
        The file's content; a kind that is not known here passes.
    n_pixels
        How many pixels a picture may have.

    Raises
    ------
    PictureError
    """
    if data.startswith(b"\xff\xd8"):
        _check_jpeg(data)
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        _check_png(data)
    elif data.startswith(b"GIF8"):
        _check_gif(data)
    elif data.startswith(b"RIFF"):
        _check_webp(data)
    elif data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        check_page(data, n_pixels)
    elif data[4:8] == b"ftyp":
        _check_boxes(data, n_pixels)
    elif data[:2] in (b"P1", b"P2", b"P3") and len(data) > MAX_TEXT_BYTES:
        raise PictureError(
            "The PGM is written as text and has {megabytes:.0f} MB; up to {most} MB are read.",
            "Save it as a binary PGM, or as PNG.",
            megabytes=len(data) / 2**20,
            most=MAX_TEXT_BYTES // 2**20,
        )


def _check_jpeg(data: bytes) -> None:
    """Walk its segments, and behind each scan go on at the next marker."""
    at, n_scans, n_blocks, n_pixels = 2, 0, 0, 0
    while at + 4 <= len(data):
        if n_scans == 0 and at > MAX_NOTES_BYTES:
            raise _storm("JPEG", Sentence("notes"))
        if data[at] != 0xFF or data[at + 1] in _NO_MARKERS:
            found = _NEXT_MARKER.search(data, at)
            if found is None:
                return
            if n_scans == 0 and found.start() - at > _JUNK:
                raise _storm("JPEG", Sentence("bytes that mean nothing"))
            at = found.start()
        code = data[at + 1]
        at += 2
        n_blocks += 1
        if n_blocks > MAX_BLOCKS:
            raise _storm("JPEG", "segments")
        if code == _END:
            return
        if code in _ALONE:
            continue
        if code in _FRAMES and len(data) >= at + 8:
            height, width, n_components = struct.unpack_from(">HHB", data, at + 3)
            _check_frame(height, width, n_components)
            n_pixels = max(n_pixels, height * width)
        if code == _SCAN:
            n_scans += 1
            _check_scans(n_scans, n_pixels)
        at += struct.unpack_from(">H", data, at)[0] if at + 2 <= len(data) else 2


def _check_scans(n_scans: int, n_pixels: int) -> None:
    if n_scans > min(MAX_SCANS, max(_FEW_SCANS, _MAX_PX_OF_SCANS // max(1, n_pixels))):
        raise PictureError(
            "The JPEG comes in more than {n_scans} scans; honest ones have about ten.",
            "Save it again as an ordinary JPEG.",
            n_scans=n_scans - 1,
        )


def _check_frame(height: int, width: int, n_components: int) -> None:
    """A decoder may hold two bytes of each component of each pixel, beside the picture."""
    if n_components > 3 and width * height > _MAX_INK_PX:
        raise PictureError(
            "The JPEG has {width} × {height} pixels in four inks; up to "
            "{megabytes:.0f} megapixels are read.",
            "Save it in red, green and blue.",
            width=width,
            height=height,
            megabytes=_MAX_INK_PX / 1e6,
        )


def _check_png(data: bytes) -> None:
    at, n_pixels, n_others = 8, 0, 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IEND":
            return
        if kind in _PIXELS_OF_PNG:
            n_pixels += 1
        else:
            n_others += 1
        if n_pixels > MAX_DATA_CHUNKS or n_others > MAX_BLOCKS:
            raise _storm("PNG", "chunks")
        at += size + 12


def _check_gif(data: bytes) -> None:
    """Walk to its first picture."""
    if len(data) < 13:
        return
    at, n_blocks = 13 + _table_bytes(data[10]), 0
    while at + 2 <= len(data) and data[at] != 0x2C:
        n_blocks += 1
        if data[at] != 0x21:  # no extension: a decoder passes over the byte
            at += 1
        else:
            at += 2
            while at < len(data) and data[at] and n_blocks <= MAX_DATA_CHUNKS:
                at += data[at] + 1
                n_blocks += 1
            at += 1
        if n_blocks > MAX_DATA_CHUNKS:
            raise _storm("GIF", "blocks")


def _table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _check_webp(data: bytes) -> None:
    at, n_chunks = 12, 0
    while at + 8 <= len(data):
        n_chunks += 1
        if n_chunks > MAX_BLOCKS:
            raise _storm("WebP", "chunks")
        (size,) = struct.unpack_from("<I", data, at + 4)
        at += 8 + size + size % 2


def _check_boxes(data: bytes, n_pixels: int) -> None:
    """HEIC and AVIF: no picture or tile within may be larger than the whole may be."""
    at, n_boxes = 0, 0
    while at + 8 <= len(data):
        n_boxes += 1
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"meta":
            _check_extents(data[at : at + size], n_pixels)
        if n_boxes > MAX_BLOCKS:
            raise _storm("picture", "boxes")
        if size == 1 and at + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, at + 8)
        if size < 8:  # it goes to the end of the file
            return
        at += size


def _check_extents(meta: bytes, n_pixels: int) -> None:
    for n, found in enumerate(_EXTENT.finditer(meta)):
        if n > MAX_BLOCKS:
            raise _storm("picture", "parts")
        width, height = struct.unpack(">II", found.group(1))
        if width * height > n_pixels:
            raise PictureError(
                "The picture has {width} × {height} pixels; up to {megabytes:.0f} "
                "megapixels are read.",
                "Make it smaller.",
                width=width,
                height=height,
                megabytes=n_pixels / 1e6,
            )


def check_page(data: bytes, n_pixels: int, at: int | None = None) -> None:
    """Refuse a page of a TIFF that would cost a decoder far more than its pixels do.

    Parameters
    ----------
    at
        Where its directory begins; None: the first.

    Raises
    ------
    PictureError
    """
    header = tiff_header(data, at)
    if header is None:
        return  # no decoder finds a picture in it either
    found = header.values
    if found.get(COMPRESSION, 1) not in COMPRESSIONS:
        name = _PACKINGS.get(found[COMPRESSION])
        raise PictureError(
            Sentence("The TIFF is packed in a way that is not read here ({name}).", name=name)
            if name
            else Sentence("The TIFF is packed in a way that is not read here."),
            "Save it uncompressed, or with LZW, deflate or JPEG.",
        )
    if header.n_segments > MAX_SEGMENTS:
        raise _storm("TIFF", Sentence("strips or tiles"))
    if found.get(SAMPLES, 1) > MAX_SAMPLES:
        raise PictureError(
            "The TIFF has {n_channels} channels; up to four are read.",
            "Save three of them as a picture in colour, or one as grey.",
            n_channels=found[SAMPLES],
        )
    tile = found.get(TILE_WIDTH, 0) * found.get(TILE_LENGTH, 0)
    picture = found.get(WIDTH, 0) * found.get(LENGTH, 0)
    if tile > n_pixels or tile > max(_LARGE_TILE_PX, 4 * picture):
        raise PictureError(
            "The TIFF has tiles of {width} × {height} pixels, far larger than its picture.",
            "Save it again, in strips or smaller tiles.",
            width=found[TILE_WIDTH],
            height=found[TILE_LENGTH],
        )
    _check_packed(found)


def _check_packed(found: dict[int, int]) -> None:
    """A strip or tile that is packed is unpacked in one piece."""
    if found.get(COMPRESSION, 1) == 1:
        return
    rows = min(found.get(ROWS_PER_STRIP, 2**32), found.get(LENGTH, 0))
    n_pixels = found.get(TILE_WIDTH, 0) * found.get(TILE_LENGTH, 0) or found.get(WIDTH, 0) * rows
    n_bits = n_pixels * found.get(SAMPLES, 1) * found.get(BITS, 1)
    if n_bits > 8 * MAX_PACKED_BYTES:
        raise PictureError(
            "The TIFF is packed in one piece of {n_bits:.0f} MB; up to "
            "{megabytes:.0f} MB are read.",
            "Save it uncompressed, or in strips.",
            n_bits=n_bits / 8e6,
            megabytes=MAX_PACKED_BYTES / 1e6,
        )


def _storm(kind: str, of_what: str) -> PictureError:
    return PictureError(
        "The {kind} holds more {of_what} than any honest one.",
        "Save it again from a program.",
        kind=kind,
        of_what=of_what,
    )
