"""Opening the file of a picture under bounds, before and while its pixels are decoded."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from aecore.errors import PictureError
from aecore.imaging import deep_photos
from aecore.imaging.decoder_warnings import silenced
from aecore.imaging.file_bounds import check_file
from aecore.imaging.limits import (
    TRAINING,
    Limits,
    check_size,
    too_large,
)
from aecore.imaging.photo_notes import notes_of
from aecore.imaging.picture_kinds import check_camera_raw, formats, not_a_picture
from aecore.imaging.pixels import (
    orientation_of,
)
from aecore.imaging.tiff_directories import ORIENTATION, STARTS, page_numbers
from aecore.sentence import Sentence

_PNG_DEPTH_AT, _COLOUR_MAP = 24, 320
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture upright whose camera noted this orientation."""


def check_header(data: bytes, limits: Limits) -> None:
    """Refuse what is empty, too large, no picture but a camera's raw file, or costs too much.

    Raises
    ------
    PictureError
    """
    if not data:
        raise PictureError("The file is empty.", "Save or copy it again.")
    if len(data) > limits.n_bytes:
        raise PictureError(
            "The file has {megabytes:.0f} MB; up to {most:.0f} MB are read.",
            "Make it smaller.",
            megabytes=len(data) / 2**20,
            most=limits.n_bytes / 2**20,
        )
    check_camera_raw(data)
    check_file(data, limits.n_pixels)


def opened(data: bytes, limits: Limits, *, is_reduced: bool = False) -> Image.Image:
    """The header of one file by Pillow, under limits; no pixel is decoded yet.

    Parameters
    ----------
    is_reduced
        Whether it is made small anyway: then a JPEG may be larger.

    Raises
    ------
    PictureError
        Saying what the file is instead, and what to do.
    """
    check_header(data, limits)
    return open_checked(data, limits, is_reduced)


def open_checked(data: bytes, limits: Limits, is_reduced: bool = False) -> Image.Image:
    """The same where the header was checked before."""
    try:
        with silenced():
            image: Image.Image = Image.open(io.BytesIO(data), formats=formats())
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise too_large(Sentence("too many"), limits.n_pixels) from problem
    except Exception as problem:  # a decoder may fail on hostile bytes in any way
        raise not_a_picture(data) from problem
    width, height = image.size
    n_pixels = limits.n_pixels
    if is_reduced and image.format in ("JPEG", "MPO"):
        n_pixels = max(n_pixels, limits.n_reduced)
    check_size(width, height, n_pixels)
    if (
        4 * width * height > limits.n_pixels
        and image.format in ("WEBP", "AVIF")
        and is_animated(image)
    ):
        raise PictureError(
            "It moves, and has {width} × {height} pixels; up to {n_pixels:.0f} "
            "megapixels are read of what moves.",
            "Save one picture of it.",
            width=width,
            height=height,
            n_pixels=limits.n_pixels / 4e6,
        )
    return image


def header_size(data: bytes, limits: Limits = TRAINING) -> tuple[int, int]:
    """Width and height of a file's picture, upright, from its header alone.

    Raises
    ------
    PictureError
    """
    with silenced():
        check_header(data, limits)
        turn = 1
        if data[:4] in STARTS:
            found = page_numbers(data, 1)
            if not found:
                raise not_a_picture(data)
            page = found[0][1]
            size, turn = (page.number(256), page.number(257)), page.number(ORIENTATION, 1)
        elif deep_photos.is_deep(data):
            size, turn = deep_photos.size_of(data), notes_of(data).orientation
        else:
            image = open_checked(data, limits, is_reduced=True)
            size, turn = image.size, orientation_of(image)
    return size[::-1] if turn in (5, 6, 7, 8) else size


def loaded(image: Image.Image, data: bytes) -> Image.Image:
    """The same picture with its pixels decoded; the first frame where it moves.

    Parameters
    ----------
    image
        As `opened` gave it.
    data
        The file that it was opened from.

    Raises
    ------
    Exception
        Of any kind, where the file is damaged or cut short.
    """
    if image.format != "WEBP" or is_animated(image):
        image.load()
        return _as_meant(image, data)
    from imagecodecs import webp_decode  # of large ones Pillow takes four times the memory

    x = webp_decode(data)
    if x.shape[:2] != image.size[::-1]:
        raise PictureError(
            "The file holds another picture than its header says.", "Save or copy it again."
        )
    still = Image.fromarray(x)
    still.info = image.info
    return still


def _as_meant(image: Image.Image, data: bytes) -> Image.Image:
    """Mend what Pillow takes otherwise than its file means it.

    The transparent grey of a PNG of fewer than 8 bits is numbered in those bits, its pixels come
    with 8. Colours of a TIFF's palette have 16 bits; many programs write 8 in their place.
    """
    clear = image.info.get("transparency")
    if image.format == "PNG" and image.mode in ("1", "L") and isinstance(clear, int):
        bits = data[_PNG_DEPTH_AT]
        if bits < 8:
            image = image.convert("L")
            image.info["transparency"] = clear * 255 // (2**bits - 1)
    if image.format == "TIFF" and image.mode == "P":
        colours = np.array(image.tag_v2.get(_COLOUR_MAP, (256,)))  # type: ignore[attr-defined]
        if colours.max() < 256 and colours.size % 3 == 0:
            image.putpalette(colours.astype(np.uint8).reshape(3, -1).T.tobytes())
    return image


def is_animated(image: Image.Image) -> bool:
    """Whether it has several frames."""
    return bool(getattr(image, "is_animated", False))
