"""A cleaned photograph back into a file of the kind it came from, with what came with it."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, JpegImagePlugin, TiffImagePlugin

from aecore.errors import SpecError
from aecore.imaging.photos import Photo, PhotoFormat

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
_EXIF_HEAD = b"Exif\x00\x00"
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_LONG = 4
_TEXTS = (270, 271, 272, 305, 306, 315, 33432)  # of a TIFF: what, with what, when and by whom
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
        raise SpecError(f"A strength of {strength:g} is asked for.", "Choose 0 to 1.")
    if strength in (0.0, 1.0):
        return np.asarray(x_hat if strength else x)
    out = np.empty_like(x)
    for start in range(0, x.shape[1], _ROWS):
        rows = slice(start, start + _ROWS)
        part = x[:, rows].astype(np.float32)
        part += np.float32(strength) * (x_hat[:, rows].astype(np.float32) - part)
        out[:, rows] = np.rint(part) if np.issubdtype(x.dtype, np.integer) else part
    return out


def write_photo(photo: Photo, x: np.ndarray | None = None) -> bytes:
    """A file in the photograph's own format, depth, profile and resolution, with its EXIF.

    JPEG keeps its subsampling, and its quality where that was 92 or more; else it is written
    at 92. PNG, TIFF and lossless WebP keep every pixel.

    Parameters
    ----------
    x
        Pixels to write in place of the photograph's own, of the same type; None: its own.
    """
    x = photo.x if x is None else x
    if photo.format == "PNG":
        return png(_channels_last(x), icc=photo.icc, dpi=photo.dpi, exif=photo.exif)
    if x.dtype == np.uint16:
        return _deep_tiff(photo, x)
    file = io.BytesIO()
    Image.fromarray(_channels_last(x)).save(file, photo.format, **_options(photo))
    return file.getvalue()


def _options(photo: Photo) -> dict[str, Any]:
    """What Pillow is told."""
    options: dict[str, Any] = {}
    if photo.exif and (photo.format != "JPEG" or len(photo.exif) <= _MAX_JPEG_BLOCK):
        options["exif"] = photo.exif
    if photo.icc:
        options["icc_profile"] = photo.icc
    if photo.dpi and photo.format != "WEBP":
        options["dpi"] = photo.dpi
    if photo.format == "JPEG":
        options |= _of_jpeg(photo)
    elif photo.format == "WEBP":
        lossless = photo.coding.lossless
        options |= {"lossless": True, "exact": True} if lossless else {"quality": QUALITY}
    elif photo.coding.compression in _COMPRESSIONS:
        options["compression"] = photo.coding.compression
    elif photo.coding.compression != "raw":
        options["compression"] = "tiff_adobe_deflate"
    return options


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
    quickly: bool = False,
) -> bytes:
    """A PNG of 8 or 16 bits a channel.

    Parameters
    ----------
    pixels
        `(H, W)` or `(H, W, C)`, uint8 or uint16.
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
        chunks += _chunk(b"eXIf", exif.removeprefix(_EXIF_HEAD))
    return bytes(plain[:_PNG_HEAD]) + chunks + bytes(plain[_PNG_HEAD:])


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def _deep_tiff(photo: Photo, x: np.ndarray) -> bytes:
    from tifffile import TiffFile, imwrite

    colours = 1 if len(x) < 3 else 3
    compression = photo.coding.compression
    known = _COMPRESSIONS.get(compression, None if compression == "raw" else "zlib")
    notes = Image.Exif()
    if photo.exif:
        notes.load(photo.exif)
    texts = [(tag, "s", 0, str(notes[tag]), True) for tag in _TEXTS if tag in notes]
    inner = {tag: notes.get_ifd(tag) for tag in (_EXIF_IFD, _GPS_IFD) if tag in notes}
    file = io.BytesIO()
    imwrite(
        file,
        _channels_last(x),
        photometric="rgb" if colours == 3 else "minisblack",
        planarconfig="contig" if len(x) > 1 else None,
        extrasamples=["unassalpha"] if len(x) > colours else None,
        compression=known,
        resolution=photo.dpi,
        resolutionunit="INCH" if photo.dpi else None,
        iccprofile=photo.icc or None,
        metadata=None,
        software=False,
        extratags=texts + [(tag - 1, "I", 1, 0, True) for tag in inner],
    )
    # tifffile writes no pointer to a block of notes: its neighbour's number keeps the place, the
    # block goes to the end of the file, and the place is then made to point to it
    file.seek(0)
    with TiffFile(file) as written:
        places = {tag: written.pages.first.tags[tag - 1].offset for tag in inner}
        order = written.byteorder
    for tag, values in inner.items():
        at = file.seek(0, io.SEEK_END)
        block = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II" if order == "<" else b"MM")
        for name, value in values.items():
            block[name] = value
        file.write(b"\0" * (at % 2) + block.tobytes(at + at % 2))
        file.seek(places[tag])
        file.write(struct.pack(f"{order}HHII", tag, _LONG, 1, at + at % 2))
    return file.getvalue()
