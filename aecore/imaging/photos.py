"""A photograph file as full-size pixels, with what must be kept beside them; under limits."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np
from PIL import Image, ImageCms, JpegImagePlugin

from aecore.errors import DataError, PictureError
from aecore.imaging import deep_photos
from aecore.imaging.decoder_warnings import silenced
from aecore.imaging.pictures import PHOTOGRAPH, Limits, eight_bit, loaded, no_memory, opened
from aecore.imaging.tiff_header import tiff_header

PhotoFormat = Literal["JPEG", "PNG", "TIFF", "WEBP"]
READS = "JPEG, PNG, TIFF or WebP"
ORIENTATION = 0x0112
PREVIEW_PX = 900
_PX_AT_ONCE = 2**20
_EXIF_IFD, _GPS_IFD, _WIDTH, _HEIGHT = 0x8769, 0x8825, 0xA002, 0xA003
_OF_TIFF = frozenset((270, 271, 272, 305, 306, 315, 33432, _EXIF_IFD, _GPS_IFD))
"""Tags of a TIFF that say what it shows, with what, when and by whom; the others, how it lies."""


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
    """

    tables: dict[int, list[int]] = field(default_factory=dict)
    subsampling: int = -1
    progressive: bool = False
    lossless: bool = True
    compression: str = "raw"


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
    if image.format not in (*get_args(PhotoFormat), "MPO"):  # MPO: a JPEG with more behind it
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
    image = check_photo_file(data, limits=limits)
    kind = cast(PhotoFormat, "JPEG" if image.format == "MPO" else image.format)
    try:
        with silenced():
            coding = _coding(data, image, kind)
            said = _frames(data, image, kind)
            icc = _profile(image)
            deep = deep_photos.read(data, image)
            if deep is None:
                size = image.size
                if preview_px is not None:
                    image.draft(None, (preview_px, preview_px))
                pixels = loaded(image, data)  # fails where the file is cut short
                W, H = size if kind == "JPEG" else pixels.size
                # Pillow turns a TIFF by itself
                turn = 1 if kind == "TIFF" else _orientation(image)
                x, note = _plain(pixels, icc, kind, _step(pixels.size, preview_px))
                icc = b"" if image.mode == "CMYK" else icc
                said += note
            else:
                turn, (_, H, W) = _orientation(image), deep.shape
                step = _step((W, H), preview_px)
                x = deep[:, ::step, ::step]
            x = upright(x, turn)
            H, W = (W, H) if turn in (5, 6, 7, 8) else (H, W)
            exif = _exif(image, x.shape)
            dpi = _dpi(image)
    except PictureError:
        raise
    except MemoryError as problem:
        raise no_memory() from problem
    except Exception as problem:  # a decoder may fail on hostile bytes in any way
        raise PictureError(
            f"The {kind} is damaged or cut short.", "Save or copy it again."
        ) from problem
    return Photo(x, kind, exif, icc, dpi, coding, said), (len(x), H, W)


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


def _frames(data: bytes, image: Image.Image, kind: PhotoFormat) -> tuple[str, ...]:
    """A word where the file holds more than the one picture that is taken."""
    if kind == "JPEG":  # previews and depth maps of phones, not pictures of their own
        return ()
    if kind != "TIFF":
        n = getattr(image, "n_frames", 1)
        return (f"It moves: the first of its {n} frames was taken.",) if n > 1 else ()
    header = tiff_header(data)  # to count them all, a hostile chain would have to be followed
    is_more = header is not None and header.has_next
    return ("It has several pages: the first was taken.",) if is_more else ()


# What is kept --------------------------------------------------------------------------


def _coding(data: bytes, image: Image.Image, kind: PhotoFormat) -> Coding:
    if kind == "JPEG" and image.mode in ("L", "RGB"):
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


def _orientation(image: Image.Image) -> int:
    try:
        return int(_notes(image).get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a damaged note about the camera costs the note, not the picture
        return 1


def _notes(image: Image.Image) -> Image.Exif:
    """What the camera noted, of what has been read of the file by now."""
    if image.format == "PNG" and "exif" not in image.info:
        return Image.Exif()  # else Pillow would decode the whole picture to look behind it
    return image.getexif()


def _exif(image: Image.Image, shape: tuple[int, ...]) -> bytes:
    """The camera's notes as a TIFF block, with the size and the way up that the pixels have now."""
    try:
        notes = _notes(image)
        inner = notes.get_ifd(_EXIF_IFD) if _EXIF_IFD in notes else {}
        if notes.bigtiff:
            notes.get_ifd(_GPS_IFD)
            notes.bigtiff = False  # all is read by now: it is written as a classic TIFF block
        for tag in list(notes):
            if image.format == "TIFF" and tag not in _OF_TIFF:
                del notes[tag]
        if ORIENTATION in notes:
            notes[ORIENTATION] = 1
        for tag, side in ((_WIDTH, shape[2]), (_HEIGHT, shape[1])):
            if tag in inner:
                inner[tag] = side
        return notes.tobytes() if len(notes) else b""
    except Exception:  # noqa: BLE001 - as above
        return b""


def _profile(image: Image.Image) -> bytes:
    found = image.info.get("icc_profile")
    return found if isinstance(found, bytes) else b""


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if 1 <= across <= 1e5 and 1 <= down <= 1e5 else None
