"""A cleaned photograph back into a file of the kind it came from, with what came with it."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image, ImageFile, JpegImagePlugin

from aecore.errors import PictureError, SpecError
from aecore.imaging.deep_photos import premultiplied
from aecore.imaging.photo_notes import EXIF_START, PNG_XMP, TEXT_TAGS, XMP_START, XMP_TAG, Block
from aecore.imaging.photograph import Photo, PhotoFormat
from aecore.imaging.tiff_directories import (
    EXIF,
    GPS,
    Directory,
    directory_at,
    first_directory,
    upright_exif,
    written_directory,
)

SUFFIXES: dict[PhotoFormat, str] = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "WEBP": ".webp"}
MIMES: dict[PhotoFormat, str] = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "TIFF": "image/tiff",
    "WEBP": "image/webp",
}
QUALITY = 92
"""The least quality a JPEG or WebP is written at: cleaned of blocks, it must not get new ones."""
_MAX_JPEG_BLOCK = 65_533
_ROWS = 256
_PNG_LEVEL = 3
_PNG_HEAD = 8 + 25
"""The signature and the first chunk, behind which the others are due."""
_LONG = 4
_MAX_SIDES: dict[PhotoFormat, int] = {"JPEG": 65_500, "WEBP": 16_383}
_room = threading.Lock()
_COMPRESSIONS = {"tiff_lzw": "lzw", "tiff_adobe_deflate": "zlib", "tiff_deflate": "zlib"}


def blended(x: np.ndarray, x_hat: np.ndarray, strength: float) -> np.ndarray:
    """`x + strength (x_hat - x)`, of the type of `x`; a few rows at a time, for they are large.

    Parameters
    ----------
    x, x_hat
        `(C, H, W)`, of one shape and type.
    strength
        0 to 1.

    Raises
    ------
    SpecError
        If the strength lies outside.
    """
    if not 0.0 <= strength <= 1.0:
        raise SpecError(
            "A strength of {strength:g} is asked for.", "Choose 0 to 1.", strength=strength
        )
    if strength in (0.0, 1.0):
        return np.asarray(x_hat if strength else x)
    out = np.empty_like(x)
    for start in range(0, x.shape[1], _ROWS):
        rows = slice(start, start + _ROWS)
        part = x[:, rows].astype(np.float32)
        part += np.float32(strength) * (x_hat[:, rows].astype(np.float32) - part)
        out[:, rows] = np.rint(part) if np.issubdtype(x.dtype, np.integer) else part
    return out


def check_sides(kind: PhotoFormat, width: int, height: int) -> None:
    """Refuse a size that a format has no room for, before any work is done for it.

    Raises
    ------
    PictureError
    """
    most = _MAX_SIDES.get(kind)
    if most is not None and max(width, height) > most:
        raise PictureError(
            "It would have {width} × {height} pixels; a side of a {kind} has {most:,} at most.",
            "Save the photograph as PNG or TIFF first.",
            width=width,
            height=height,
            kind=kind,
            most=most,
        )


def write_photo(photo: Photo, x: np.ndarray | None = None) -> bytes:
    """A file in the photograph's own format, depth, profile and resolution, with all its notes.

    JPEG keeps its subsampling, and its quality where that was 92 or more; else it is written
    at 92. PNG, TIFF and lossless WebP keep every pixel.

    Parameters
    ----------
    x
        Pixels to write in place of the photograph's own, of the same type; None: its own.

    Raises
    ------
    PictureError
        If its format has no room for so many pixels.
    """
    x = photo.x if x is None else x
    height, width = x.shape[1:]
    check_sides(photo.format, width, height)
    exif = upright_exif(photo.exif, width, height) if photo.exif else b""
    if photo.format == "PNG":
        blocks = [(block.name.to_bytes(4), block.content) for block in photo.blocks]
        if photo.xmp:
            blocks.append((b"iTXt", PNG_XMP + photo.xmp))
        pixels = _channels_last(x)
        return png(pixels, icc=photo.icc, dpi=photo.dpi, exif=exif, blocks=blocks)
    if photo.format == "TIFF":
        return _tiff(photo, x, exif)
    file = io.BytesIO()
    with _room_for(x.nbytes if photo.format == "JPEG" else 0):
        options = _options(photo)
        if photo.format == "WEBP":
            options |= {"exif": exif, "xmp": photo.xmp}
        Image.fromarray(_channels_last(x)).save(file, photo.format, **options)
    if photo.format == "WEBP":
        return file.getvalue()
    return _with_segments(file.getvalue(), photo, exif)


@contextmanager
def _room_for(n_bytes: int) -> Iterator[None]:
    """Let Pillow write a JPEG that is larger than it guesses: noise at the best quality is."""
    with _room:
        before = ImageFile.MAXBLOCK
        ImageFile.MAXBLOCK = max(before, 2 * n_bytes)
        try:
            yield
        finally:
            ImageFile.MAXBLOCK = before


def _with_segments(jpeg: bytes, photo: Photo, exif: bytes) -> bytes:
    """A JPEG with what the photograph carried, behind its first block."""
    found: list[tuple[int, bytes]] = []
    if exif:
        found.append((0xE1, EXIF_START + exif))
    if photo.xmp:
        found.append((0xE1, XMP_START + photo.xmp))
    found += [(block.name, block.content) for block in photo.blocks]
    segments = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
        for marker, content in found
        if len(content) <= _MAX_JPEG_BLOCK
    )
    at = 2
    if jpeg[2:4] == b"\xff\xe0":
        at += 2 + int.from_bytes(jpeg[4:6])
    return jpeg[:at] + segments + jpeg[at:]


def _options(photo: Photo) -> dict[str, Any]:
    """What Pillow is told."""
    options: dict[str, Any] = {}
    if photo.icc:
        options["icc_profile"] = photo.icc
    if photo.format == "WEBP":
        lossless = photo.coding.lossless
        return options | ({"lossless": True, "exact": True} if lossless else {"quality": QUALITY})
    if photo.dpi:
        options["dpi"] = photo.dpi
    return options | _of_jpeg(photo)


def _of_jpeg(photo: Photo) -> dict[str, Any]:
    coding = photo.coding
    options: dict[str, Any] = {"progressive": coding.progressive, "optimize": True}
    options |= {"subsampling": coding.subsampling} if coding.subsampling >= 0 else {}
    if coding.tables and np.mean(coding.tables[min(coding.tables)]) <= _step_at_quality():
        return options | {"qtables": coding.tables}
    return options | {"quality": QUALITY}


def _step_at_quality() -> float:
    """Mean step of the luminance table at `QUALITY`."""
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG", quality=QUALITY)
    image = Image.open(file)
    tables = image.quantization if isinstance(image, JpegImagePlugin.JpegImageFile) else {0: [9]}
    return float(np.mean(tables[0]))


def _channels_last(x: np.ndarray) -> np.ndarray:
    return x[0] if len(x) == 1 else np.ascontiguousarray(x.transpose(1, 2, 0))


# Beyond Pillow -------------------------------------------------------------------------


def png(
    pixels: np.ndarray,
    *,
    icc: bytes = b"",
    dpi: tuple[float, float] | None = None,
    exif: bytes = b"",
    blocks: Sequence[tuple[bytes, bytes]] = (),
    quickly: bool = False,
) -> bytes:
    """A PNG of 8 or 16 bits a channel.

    Parameters
    ----------
    pixels
        `(H, W)` or `(H, W, C)`, uint8 or uint16.
    blocks
        Kind and content of further chunks.
    quickly
        For the screen: noise does not pack anyway, and this takes a quarter of the time.
    """
    from imagecodecs import PNG, png_encode

    if quickly:
        plain = png_encode(pixels, level=1, strategy=PNG.STRATEGY.RLE, filter=PNG.FILTER.SUB)
    else:
        plain = png_encode(pixels, level=_PNG_LEVEL)
    chunks = b""
    if icc:
        chunks += _chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc))
    if dpi:
        across, down = (round(value / 0.0254) for value in dpi)
        chunks += _chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    if exif:
        chunks += _chunk(b"eXIf", exif.removeprefix(EXIF_START))
    for kind, content in blocks:
        if not (kind == b"sRGB" and icc):  # of both a reader would have to choose
            chunks += _chunk(kind, content)
    return bytes(plain[:_PNG_HEAD]) + chunks + bytes(plain[_PNG_HEAD:])


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def _tiff(photo: Photo, x: np.ndarray, exif: bytes) -> bytes:
    from tifffile import TiffFile, imwrite

    colours = 1 if len(x) < 3 else 3
    has_alpha = len(x) > colours
    if has_alpha and photo.coding.is_premultiplied:
        x = premultiplied(x)
    compression = photo.coding.compression
    known = _COMPRESSIONS.get(compression, None if compression == "raw" else "zlib")
    notes = first_directory(exif)
    order = notes.order if notes is not None else photo.order
    kept = [] if notes is None else _texts_of(notes)
    if photo.xmp:
        kept.append(Block(XMP_TAG, photo.xmp, 1, len(photo.xmp)))
    kept += [block for block in photo.blocks if block.kind]
    inner = {} if notes is None else _inner_of(exif, notes)
    file = io.BytesIO()
    imwrite(
        file,
        _channels_last(x),
        byteorder=order,
        photometric="rgb" if colours == 3 else "minisblack",
        planarconfig="contig" if len(x) > 1 else None,
        extrasamples=[_alpha_of(photo)] if has_alpha else None,
        compression=known,
        resolution=photo.dpi,
        resolutionunit="INCH" if photo.dpi else None,
        iccprofile=photo.icc or None,
        metadata=None,
        software=False,
        extratags=[(block.name, block.kind, block.count, block.content, True) for block in kept]
        + [(tag - 1, "I", 1, 0, True) for tag in inner],
    )
    # tifffile writes no pointer to a block of notes: its neighbour's number keeps the place, the
    # block goes to the end of the file, and the place is then made to point to it
    file.seek(0)
    with TiffFile(file) as written:
        places = {tag: written.pages.first.tags[tag - 1].offset for tag in inner}
    for tag, directory in inner.items():
        at = file.seek(0, io.SEEK_END)
        start = at + at % 2
        file.write(b"\0" * (at % 2) + written_directory(order, directory.entries, start))
        file.seek(places[tag])
        file.write(struct.pack(f"{order}HHII", tag, _LONG, 1, start))
    return file.getvalue()


def _alpha_of(photo: Photo) -> str:
    return "assocalpha" if photo.coding.is_premultiplied else "unassalpha"


def _texts_of(notes: Directory) -> list[Block]:
    """Tags of a block of EXIF's first directory, but those that point elsewhere."""
    return [
        Block(tag, bytes(entry.content), entry.kind, entry.count)
        for tag, entry in notes.entries.items()
        if tag in TEXT_TAGS and entry.kind <= 13
    ]


def _inner_of(exif: bytes, notes: Directory) -> dict[int, Directory]:
    found = {}
    for tag in (EXIF, GPS):
        inner = directory_at(exif, notes.number(tag)) if notes.number(tag) else None
        if inner is not None and inner.entries:
            found[tag] = inner
    return found
