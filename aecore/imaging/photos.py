"""A photograph file as full-size pixels, with what must be kept beside them; under limits."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageCms, JpegImagePlugin

from aecore.errors import DataError, PictureError
from aecore.imaging import deep_photos
from aecore.imaging.decoder_warnings import silenced
from aecore.imaging.deep_photos import Deep
from aecore.imaging.photo_notes import ICC_TAG, Block, Notes, notes_of, upright_xmp
from aecore.imaging.pictures import (
    PHOTOGRAPH,
    Limits,
    check_header,
    check_size,
    damaged,
    eight_bit,
    loaded,
    no_memory,
    opened,
)
from aecore.imaging.tiff_directories import STARTS, first_directory, page_numbers, upright_exif

PhotoFormat = Literal["JPEG", "PNG", "TIFF", "WEBP"]
READS = "JPEG, PNG, TIFF, WebP, AVIF, BMP or PGM"
PREVIEW_PX = 900
_PX_AT_ONCE = 2**20
_MAX_JPEG_XMP = 65_000
_HOME: dict[str, PhotoFormat] = {
    "JPEG": "JPEG",
    "MPO": "JPEG",  # with more behind it
    "PNG": "PNG",
    "TIFF": "TIFF",
    "WEBP": "WEBP",
    "AVIF": "JPEG",
    "HEIF": "JPEG",
    "BMP": "PNG",
    "PPM": "PNG",
}
"""Formats that are read, and what each goes home as."""
_NAMES = {"HEIF": "HEIC", "PPM": "PGM or PPM"}
_GAIN_MAPS = (b"hdrgm:", b"urn:iso:std:iso:ts:21496", b"HDRGainMap")
_DPI_X, _DPI_Y, _DPI_UNIT = 282, 283, 296


@dataclass(frozen=True)
class Coding:
    """How a file had coded its pixels, as far as the same can be done again.

    Parameters
    ----------
    tables
        Quantization tables of a JPEG, as Pillow takes them.
    subsampling
        Of a JPEG's colours, as Pillow numbers it; -1: not known.
    progressive
        Whether a JPEG comes in passes.
    lossless
        Whether a WebP kept every pixel.
    compression
        Of a TIFF, by Pillow's name.
    is_premultiplied
        Whether a TIFF's colours were multiplied by alpha.
    """

    tables: dict[int, list[int]] = field(default_factory=dict)
    subsampling: int = -1
    progressive: bool = False
    lossless: bool = True
    compression: str = "raw"
    is_premultiplied: bool = False


@dataclass(frozen=True)
class Photo:
    """A photograph, upright, and what travels with it.

    Parameters
    ----------
    x
        `(C, H, W)`, uint8 or uint16: grey, grey and alpha, colour, or colour and alpha.
    exif
        What the camera noted, as a TIFF block that says "upright"; empty where there is none.
    icc
        Colour profile that the values are meant in; empty where there is none.
    dpi
        Pixels an inch, across and down.
    xmp
        Ratings, keywords and words of editors, as a packet of XMP that says "upright".
    blocks
        What else of the file goes into the cleaned one as it is.
    order
        "<" or ">": of the bytes of a TIFF's blocks.
    said
        What was done on the way in that a person should know, in plain sentences.
    """

    x: np.ndarray
    format: PhotoFormat
    exif: bytes = b""
    icc: bytes = b""
    dpi: tuple[float, float] | None = None
    coding: Coding = Coding()
    said: tuple[str, ...] = ()
    xmp: bytes = b""
    blocks: tuple[Block, ...] = ()
    order: str = "<"


@dataclass(frozen=True)
class CheckedPhoto:
    """What is known of a photograph that was decoded once, and found whole.

    Parameters
    ----------
    shape
        `(C, H, W)`, upright.
    bits
        Of a channel: 8 or 16.
    said
        As in `Photo`.
    preview
        uint8 `(C, h, w)`, some of its pixels, upright.
    """

    format: PhotoFormat
    shape: tuple[int, int, int]
    bits: int
    said: tuple[str, ...]
    preview: np.ndarray


def check_photo_file(data: bytes, *, limits: Limits = PHOTOGRAPH) -> Image.Image:
    """The header of a photograph's file; no pixel is decoded yet.

    Raises
    ------
    PictureError
        If it is no photograph that is read here, or too large.
    """
    image = opened(data, limits)
    if image.format not in _HOME:
        raise PictureError(f"A {image.format} is not read as a photograph.", f"Save it as {READS}.")
    return image


def read_photo(data: bytes, *, limits: Limits = PHOTOGRAPH) -> Photo:
    """Decode one photograph at its own size and depth.

    Palettes become full colour, CMYK becomes RGB (by its profile where it has one), and of
    several frames the first is taken; `said` tells of each.

    Parameters
    ----------
    data
        The file's content; nothing about it is trusted, and its size is checked before any pixel
        is decoded.

    Raises
    ------
    PictureError
        Saying what the file is instead, and what to do.
    """
    photo, _ = _read(data, limits)
    return replace(photo, x=np.ascontiguousarray(photo.x))


def check_photo(data: bytes, *, limits: Limits = PHOTOGRAPH) -> CheckedPhoto:
    """Decode a photograph to see that it is whole; half the memory of `read_photo`, or less.

    Raises
    ------
    PictureError
        As `read_photo` does.
    """
    photo, shape = _read(data, limits, preview_px=PREVIEW_PX)
    x = photo.x
    preview = (x >> 8 if x.dtype == np.uint16 else x).astype(np.uint8)
    bits = 8 * x.itemsize
    return CheckedPhoto(photo.format, shape, bits, photo.said, np.ascontiguousarray(preview))


def _read(
    data: bytes, limits: Limits, preview_px: int | None = None
) -> tuple[Photo, tuple[int, int, int]]:
    """A photograph, its pixels perhaps not in one piece, and the shape of the whole.

    Parameters
    ----------
    preview_px
        Decode it all, but keep every so many pixels only: at most so many high and wide, px.
    """
    kind = "photograph"
    try:
        with silenced():
            check_header(data, limits)
            if deep_photos.is_deep(data):
                kind = "TIFF" if data[:4] in STARTS else "picture"
                return _read_deep(data, limits, preview_px)
            image = check_photo_file(data, limits=limits)
            kind = str(image.format)
            return _read_plain(data, image, preview_px)
    except PictureError:
        raise
    except MemoryError as problem:
        raise no_memory() from problem
    except Exception as problem:  # a decoder may fail on hostile bytes in any way
        raise damaged(kind) from problem


def _read_plain(
    data: bytes, image: Image.Image, preview_px: int | None
) -> tuple[Photo, tuple[int, int, int]]:
    """A photograph of 8 bits a channel, or fewer."""
    came = str(image.format)
    kind = _HOME[came]
    coding = _coding(data, image, came)
    said = _frames(data, image, came)
    notes = _notes(data, image)
    icc = _profile(image)
    size = image.size
    if preview_px is not None:
        image.draft(None, (preview_px, preview_px))
    pixels = loaded(image, data)  # fails where the file is cut short
    W, H = size if came in ("JPEG", "MPO") else pixels.size
    # Pillow turns a TIFF by itself, and HEIC's decoder a HEIC
    turn = 1 if came in ("TIFF", "HEIF") else notes.orientation
    x, note = _plain(pixels, icc, came, _step(pixels.size, preview_px))
    icc = b"" if image.mode in ("CMYK", "LAB") else icc
    if came == "TIFF" and (page := first_directory(data)) and deep_photos.has_unknown_channel(page):
        said += ("A further channel, which is no alpha, is left out.",)
    if came in ("AVIF", "HEIF") and len(x) in (2, 4):
        kind, coding = "PNG", Coding()
    x = upright(x, turn)
    H, W = (W, H) if turn in (5, 6, 7, 8) else (H, W)
    if came not in (kind, "MPO"):
        home = f"{'An' if came == 'AVIF' else 'A'} {_NAMES.get(came, came)} is not written here: "
        said += (f"{home}it goes home as a {kind}.",)
    photo = _with_notes(Photo(x, kind, b"", icc, _dpi(image), coding, said + note), notes, (W, H))
    return photo, (len(x), H, W)


def _read_deep(
    data: bytes, limits: Limits, preview_px: int | None
) -> tuple[Photo, tuple[int, int, int]]:
    """A photograph of more than 8 bits a channel: with 16 from here on."""
    is_tiff = data[:4] in STARTS
    kind: PhotoFormat = "TIFF" if is_tiff else "PNG"
    check_size(*deep_photos.size_of(data), limits.n_pixels)
    said: tuple[str, ...] = ()
    coding, dpi, notes = Coding(), None, Notes()
    profile = b""
    if data[:2] in (b"P5", b"P6"):
        deep = deep_photos.read(data)
        said = ("A PGM or PPM is not written here: it goes home as a PNG.",)
    elif not is_tiff:
        with closing(opened(data, limits)) as header:
            profile, dpi, notes = _profile(header), _dpi(header), _notes(data, header)
        deep = deep_photos.read(data)
    else:
        deep = deep_photos.read(data)
        profile, dpi, coding = _of_tiff_header(data, deep)
        notes, said = notes_of(data), _pages(data)
    turn, (_, H, W) = notes.orientation, deep.x.shape
    step = _step((W, H), preview_px)
    if deep.full != (0.0, 65_535.0):
        what = "floats" if deep.x.dtype.kind == "f" else f"{deep.bits} bits a channel"
        said += (f"Its {what} became 16 bits a channel.",)
    whole = deep.in_range()
    x = upright(replace(deep, x=deep.x[:, ::step, ::step]).scaled(16, whole), turn)
    H, W = (W, H) if turn in (5, 6, 7, 8) else (H, W)
    photo = _with_notes(Photo(x, kind, b"", profile, dpi, coding, said), notes, (W, H))
    return photo, (len(x), H, W)


def read_photo_file(path: Path) -> Photo:
    """Decode the photograph in a file; see `read_photo`.

    Raises
    ------
    PictureError
        If it is none, or too large.
    DataError
        If the file cannot be read.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= PHOTOGRAPH.n_bytes else b""
    except OSError as problem:
        raise DataError(
            f"{path} cannot be read: {problem.strerror}.", "Name another file."
        ) from problem
    if size > PHOTOGRAPH.n_bytes:
        raise PictureError(f"It has {size / 2**20:.0f} MB, too many.", "Make it smaller.")
    return read_photo(data)


def upright(x: np.ndarray, orientation: int) -> np.ndarray:
    """`(C, H, W)` turned as EXIF's orientation, 1 to 8, says; any other leaves it as it is."""
    if orientation in (5, 6, 7, 8):
        x = x.swapaxes(1, 2)
    down, across = {
        2: (1, -1),
        3: (-1, -1),
        4: (-1, 1),
        6: (1, -1),
        7: (-1, -1),
        8: (-1, 1),
    }.get(orientation, (1, 1))
    return x[:, ::down, ::across]


# Pixels --------------------------------------------------------------------------------


def _plain(
    image: Image.Image, icc: bytes, kind: str, step: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Each `step`th pixel in L, LA, RGB or RGBA, uint8 `(C, H, W)`, and what was done to it.

    It is converted some rows at a time, for a copy of the whole takes as much memory again.
    """
    convert, note = _conversion(image, icc, kind)
    W, H = image.size
    n_rows = step * max(1, _PX_AT_ONCE // (step * W))
    x: np.ndarray | None = None
    for top in range(0, H, n_rows):
        rows = np.asarray(convert(image.crop((0, top, W, min(H, top + n_rows)))))
        rows = rows[None] if rows.ndim == 2 else rows.transpose(2, 0, 1)  # (C, n_rows, W)
        kept = rows[:, ::step, ::step]
        if x is None:
            x = np.empty((len(rows), -(-H // step), kept.shape[2]), np.uint8)
        x[:, top // step : top // step + kept.shape[1]] = kept
    if x is None:
        raise PictureError("The picture has no rows.", "Save or copy it again.")
    return x, note


def _conversion(
    image: Image.Image, icc: bytes, kind: str
) -> tuple[Callable[[Image.Image], Image.Image], tuple[str, ...]]:
    """What makes L, LA, RGB or RGBA of any part of the picture, and what it does, in words."""
    mode = image.mode
    if mode == "CMYK":
        return _from_inks(icc), ("Its inks (CMYK) became red, green and blue.",)
    if mode in ("P", "PA"):
        has_alpha = mode == "PA" or "transparency" in image.info
        note = "Its palette became full colour, which cleaned pixels need."
        return methodcaller("convert", "RGBA" if has_alpha else "RGB"), (note,)
    if mode in ("I", "F") or mode.startswith("I;16"):
        return partial(eight_bit, kind=kind), ("Its values were brought to 8 bits.",)
    if mode == "LAB":
        return methodcaller("convert", "RGB"), ("CIELab became red, green and blue.",)
    has_alpha = mode in ("LA", "La", "RGBA", "RGBa") or "transparency" in image.info
    wanted = ("LA" if has_alpha else "L") if mode in ("1", "L", "LA", "La") else "RGB"
    wanted += "A" if has_alpha and wanted == "RGB" else ""
    return methodcaller("convert", wanted), ()


def _from_inks(icc: bytes) -> Callable[[Image.Image], Image.Image]:
    """CMYK to sRGB, by the profile that tells what the inks look like, where there is one."""
    if icc:
        try:
            inks = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            transform = ImageCms.buildTransform(inks, ImageCms.createProfile("sRGB"), "CMYK", "RGB")
            ImageCms.applyTransform(Image.new("CMYK", (1, 1)), transform)
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a damaged profile, or one of something else
        else:
            return partial(_transformed, transform)
    return methodcaller("convert", "RGB")


def _transformed(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    found = ImageCms.applyTransform(image, transform)
    return image.convert("RGB") if found is None else found


def _step(size: tuple[int, int], preview_px: int | None) -> int:
    return 1 if preview_px is None else max(1, -(-max(size) // preview_px))


def _frames(data: bytes, image: Image.Image, kind: str) -> tuple[str, ...]:
    """A word where the file holds more than the one picture that is taken."""
    if kind == "TIFF":
        return _pages(data)
    n = getattr(image, "n_frames", 1)
    if kind in ("JPEG", "MPO"):
        head = data[: 2**20]
        if any(name in head for name in _GAIN_MAPS):
            return ("Its gain map for HDR screens is left out: there it will look less bright.",)
        more = "It holds more pictures behind the first (previews, depth): they are left out."
        return (more,) if n > 1 else ()
    if kind == "HEIF":
        return (f"It holds {n} pictures: the main one was taken.",) if n > 1 else ()
    return (f"It moves: the first of its {n} frames was taken.",) if n > 1 else ()


def _pages(data: bytes) -> tuple[str, ...]:
    is_more = len(page_numbers(data, 2)) > 1  # to count them all, a hostile chain would be followed
    return ("It has several pages: the first was taken.",) if is_more else ()


# What is kept --------------------------------------------------------------------------


def _coding(data: bytes, image: Image.Image, kind: str) -> Coding:
    if kind in ("JPEG", "MPO") and image.mode in ("L", "RGB"):
        tables = getattr(image, "quantization", {})
        return Coding(
            tables={int(i): [int(step) for step in table] for i, table in tables.items()},
            subsampling=JpegImagePlugin.get_sampling(image) if image.mode == "RGB" else -1,
            progressive=bool(image.info.get("progressive")),
        )
    if kind == "WEBP":
        return Coding(lossless=b"VP8L" in data[:4096])
    if kind == "TIFF":
        return Coding(compression=str(image.info.get("compression", "raw")))
    return Coding()


def _notes(data: bytes, image: Image.Image) -> Notes:
    """What the file carries, from its bytes, or as its decoder gave it."""
    found = notes_of(data)
    if image.format == "PNG" and not found.exif:
        old = image.info.get("Raw profile type exif")  # ImageMagick's way before PNG had one
        if isinstance(old, str):
            with suppress(ValueError):
                exif = bytes.fromhex("".join(old.split("\n")[3:])).removeprefix(b"Exif\0\0")
                left_out = tuple(name for name in found.left_out if "Raw profile" not in name)
                found = replace(found, exif=exif, left_out=left_out)
    if image.format in ("AVIF", "HEIF"):
        noted, packet = image.info.get("exif"), image.info.get("xmp")
        found = Notes(
            noted.removeprefix(b"Exif\0\0") if isinstance(noted, bytes) else b"",
            packet if isinstance(packet, bytes) else b"",
        )
        if len(found.xmp) > _MAX_JPEG_XMP:
            found = replace(found, xmp=b"", left_out=("a packet of XMP that is very large",))
    return found


def _with_notes(photo: Photo, notes: Notes, size: tuple[int, int]) -> Photo:
    """A photograph with what its file carried, which says "upright" and its size from now on."""
    said = photo.said
    if notes.left_out:
        said += (f"Left out of the cleaned file: {', '.join(notes.left_out)}.",)
    return replace(
        photo,
        exif=upright_exif(notes.exif, *size) if notes.exif else b"",
        xmp=upright_xmp(notes.xmp),
        blocks=notes.blocks,
        order=notes.order,
        said=said,
    )


def _of_tiff_header(data: bytes, deep: Deep) -> tuple[bytes, tuple[float, float] | None, Coding]:
    """Profile, resolution and coding of a TIFF, from its first directory."""
    page = first_directory(data)
    if page is None:
        return b"", None, Coding()
    found = page.entries.get(ICC_TAG)
    compression = _COMPRESSIONS.get(page.number(259, 1), "raw")
    across, down = page.numbers(_DPI_X), page.numbers(_DPI_Y)
    dpi = None
    if across and down and page.number(_DPI_UNIT, 2) in (2, 3):
        factor = 1.0 if page.number(_DPI_UNIT, 2) == 2 else 2.54
        dpi = _sensible_dpi(across[0] * factor, down[0] * factor)
    return (
        bytes(found.content) if found is not None else b"",
        dpi,
        Coding(compression=compression, is_premultiplied=deep.was_premultiplied),
    )


_COMPRESSIONS = {5: "tiff_lzw", 8: "tiff_adobe_deflate", 32946: "tiff_deflate", 32773: "packbits"}


def _profile(image: Image.Image) -> bytes:
    found = image.info.get("icc_profile")
    return found if isinstance(found, bytes) else b""


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return _sensible_dpi(across, down)


def _sensible_dpi(across: float, down: float) -> tuple[float, float] | None:
    return (across, down) if 1 <= across <= 1e5 and 1 <= down <= 1e5 else None
