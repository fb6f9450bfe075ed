"""A photograph file as full-size pixels, with what must be kept beside them; under limits."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, JpegImagePlugin

from aecore.errors import DataError, PictureError
from aecore.imaging import deep_photos
from aecore.imaging.decoder_warnings import silenced
from aecore.imaging.deep_photos import Deep
from aecore.imaging.limits import PHOTOGRAPH, Limits, check_size, damaged, no_memory
from aecore.imaging.opening import check_header, loaded, opened
from aecore.imaging.photo_colours import conversion
from aecore.imaging.photo_notes import ICC_TAG, Notes, notes_of, upright_xmp
from aecore.imaging.photograph import CheckedPhoto, Coding, Photo, PhotoFormat, upright
from aecore.imaging.tiff_directories import STARTS, first_directory, page_numbers, upright_exif
from aecore.sentence import Sentence, listed

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


def check_photo_file(data: bytes, *, limits: Limits = PHOTOGRAPH) -> Image.Image:
    """The header of a photograph's file; no pixel is decoded yet.

    Raises
    ------
    PictureError
        If it is no photograph that is read here, or too large.
    """
    image = opened(data, limits)
    if image.format not in _HOME:
        raise PictureError(
            "A {format} is not read as a photograph.",
            "Save it as {reads}.",
            format=image.format,
            reads=READS,
        )
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
            _check_first_page(data)
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
        said += (Sentence("A further channel, which is no alpha, is left out."),)
    if came in ("AVIF", "HEIF") and len(x) in (2, 4):
        kind, coding = "PNG", Coding()
    x = upright(x, turn)
    H, W = (W, H) if turn in (5, 6, 7, 8) else (H, W)
    if came not in (kind, "MPO"):
        said += (
            Sentence(
                "{came} is not written here: it is saved as a {kind}.",
                came=_NAMES.get(came, came),
                kind=kind,
            ),
        )
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
        said = (Sentence("A PGM or PPM is not written here: it is saved as a PNG."),)
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
        said += (
            Sentence("Its floats were converted to 16 bits a channel.")
            if deep.x.dtype.kind == "f"
            else Sentence(
                "Its {n_bits} bits a channel were converted to 16 bits a channel.", n_bits=deep.bits
            ),
        )
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
            "{path} cannot be read: {strerror}.",
            "Name another file.",
            path=path,
            strerror=problem.strerror,
        ) from problem
    if size > PHOTOGRAPH.n_bytes:
        raise PictureError(
            "It has {megabytes:.0f} MB, too many.", "Make it smaller.", megabytes=size / 2**20
        )
    return read_photo(data)


# Pixels --------------------------------------------------------------------------------


def _plain(
    image: Image.Image, icc: bytes, kind: str, step: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Each `step`th pixel in L, LA, RGB or RGBA, uint8 `(C, H, W)`, and what was done to it.

    It is converted some rows at a time, for a copy of the whole takes as much memory again.
    """
    convert, note = conversion(image, icc, kind)
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
            return (
                Sentence(
                    "Its gain map for HDR screens is left out: there it will look less bright."
                ),
            )
        more = Sentence(
            "It holds more pictures behind the first (previews, depth): they are left out."
        )
        return (more,) if n > 1 else ()
    if kind == "HEIF":
        return (Sentence("It holds {n} pictures: the main one was used.", n=n),) if n > 1 else ()
    animated = Sentence("It is animated: the first of its {n} frames was used.", n=n)
    return (animated,) if n > 1 else ()


def _check_first_page(data: bytes) -> None:
    if data[:4] in STARTS and (pages := page_numbers(data, 1)) and pages[0][0] > 0:
        raise PictureError(
            "The TIFF begins with a small preview, and its picture is a later page.",
            "Save that page as a file of its own.",
        )


def _pages(data: bytes) -> tuple[str, ...]:
    is_more = len(page_numbers(data, 2)) > 1  # to count them all, a hostile chain would be followed
    return (Sentence("It has several pages: the first was used."),) if is_more else ()


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
            found = replace(
                found, xmp=b"", left_out=(Sentence("a packet of XMP that is very large"),)
            )
    return found


def _with_notes(photo: Photo, notes: Notes, size: tuple[int, int]) -> Photo:
    """A photograph with what its file carried, which says "upright" and its size from now on."""
    said = photo.said
    if notes.left_out:
        said += (Sentence("Left out of the cleaned file: {names}.", names=listed(notes.left_out)),)
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
