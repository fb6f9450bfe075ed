"""Untrusted bytes in, uint8 pictures out: limits first, then decode, upright, fit, resize.

A picture is cut to the middle of the shape that is asked for (or fitted as `fitting` knows), and
resized with an antialiasing filter; grey is the luma of ITU-R BT.601; transparent parts become
white or black; colour profiles are not applied.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from aecore.errors import PictureError
from aecore.imaging import deep_photos
from aecore.imaging.decoder_warnings import silenced
from aecore.imaging.deep_photos import Deep, Range
from aecore.imaging.file_bounds import check_page
from aecore.imaging.fitting import Fit, fitted
from aecore.imaging.framing import Framing
from aecore.imaging.limits import (
    PHOTOGRAPH,
    TRAINING,
    Limits,
    check_size,
    damaged,
    no_memory,
    too_large,
)
from aecore.imaging.opening import TURNS, check_header, is_animated, loaded, open_checked
from aecore.imaging.photo_notes import notes_of
from aecore.imaging.picture_kinds import not_a_picture
from aecore.imaging.pixels import (
    PX_OF_RANGE,
    Colour,
    as_image,
    eight_bit,
    fitted_size,
    from_many_bits,
    on_ground,
    orientation_of,
    range_of,
    reduced,
    stretched,
    to_array,
    top_value,
)
from aecore.imaging.shrinking import ON_ITS_SIDE, shrunk, skip_needless
from aecore.imaging.tiff_directories import ORIENTATION, STARTS, page_numbers
from aecore.sentence import Sentence

MAX_FRAMES = 10_000
_MAX_PX_OF_FRAMES = 4_000_000_000
_GAP = 3.0
"""Others are averaged over whole numbers of pixels to no less than this: within 44 dB."""
FIRST_FRAME = Sentence("of several frames or pages the first was taken")
EXTRA_CHANNEL = Sentence("a further channel, which is no alpha, was left out")


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Parameters
    ----------
    x
        uint8 `(C, H, W)`.
    width_px, height_px
        Of the original, upright.
    notes
        What was done to it that a person should know, each as a clause.
    peak
        Largest value of one with more than 8 bits, as a share of what its numbers reach; None of
        all others, and where a range was given.
    """

    x: np.ndarray
    width_px: int
    height_px: int
    notes: tuple[str, ...] = ()
    peak: float | None = None


def decode(
    data: bytes,
    *,
    size_px: tuple[int, int] | None = None,
    max_side_px: int | None = None,
    colour: Colour = "native",
    limits: Limits = TRAINING,
    framing: Framing | None = None,
) -> Picture:
    """Decode one file, the first frame where it has several.

    Parameters
    ----------
    data
        The file's content; nothing about it is trusted.
    size_px, max_side_px, colour
        See `Framing`.
    limits
        By purpose: `TRAINING` or `PHOTOGRAPH`. They are checked before any pixel is decoded.
    framing
        All of how it becomes a sample, in place of the three before.

    Raises
    ------
    PictureError
        Saying what the file is instead, and what to do.
    """
    framing = framing or Framing(size_px, max_side_px, colour)
    with closing(decoding(data, framing, limits=limits)) as frames:
        return next(frames)


def decoding(
    data: bytes, framing: Framing, *, limits: Limits = TRAINING, all_frames: bool = False
) -> Generator[Picture, None, None]:
    """Decode the frames or pages of one file, one after the other.

    Parameters
    ----------
    all_frames
        Of an animation or stack every one, not the first alone.

    Raises
    ------
    PictureError
        As `decode` does.
    """
    kind = "picture"
    try:
        with silenced():
            is_small = framing.size_px is not None or framing.max_side_px is not None
            check_header(data, limits)
            if data[:4] in STARTS:
                kind = "TIFF"
                frames = _of_tiff(data, framing, limits, all_frames)
            elif deep_photos.is_deep(data) and (framing.values or data[:1] == b"P"):
                kind = "PNG" if data.startswith(b"\x89PNG") else "PGM"
                frames = _of_deep_file(data, framing, limits)
            else:
                image = open_checked(data, limits, is_small)
                kind = str(image.format)
                frames = _of_image(image, data, framing, limits, all_frames)
            yield from frames
    except PictureError:
        raise
    except MemoryError as problem:
        raise no_memory() from problem
    except Exception as problem:  # a decoder may fail on hostile bytes in any way
        raise damaged(kind) from problem


def values_found(data: bytes, limits: Limits = TRAINING) -> tuple[str, Range]:
    """Kind of numbers of a file's (first) picture, and its lowest and highest value.

    Raises
    ------
    PictureError
    """
    try:
        with silenced():
            check_header(data, limits)
            deep = _deep_of(data, limits)
            if deep is not None:
                return deep.code, deep.found()
    except PictureError:
        raise
    except MemoryError as problem:
        raise no_memory() from problem
    except Exception as problem:  # a decoder may fail on hostile bytes in any way
        raise damaged("picture") from problem
    x = decode(data, max_side_px=PX_OF_RANGE, limits=limits).x
    return "u8", (float(x.min()), float(x.max()))


def _deep_of(data: bytes, limits: Limits) -> Deep | None:
    """Pixels of a file's (first) picture; None where it has 8 bits or fewer."""
    if data[:4] not in STARTS:
        if not deep_photos.is_deep(data):
            return None
        check_size(*deep_photos.size_of(data), limits.n_pixels)
        return deep_photos.read(data)
    numbered = page_numbers(data, 1)
    if not numbered or not deep_photos.is_deep_tiff(numbered[0][1]):
        return None
    number, page = numbered[0]
    check_page(data, limits.n_pixels, page.at)
    check_size(page.number(256), page.number(257), limits.n_pixels)
    return deep_photos.read(data, number)


def fit_picture(
    data: bytes,
    samples_shape: tuple[int, int, int],
    *,
    framing: Framing | None = None,
    limits: Limits = PHOTOGRAPH,
) -> np.ndarray:
    """A person's picture as a sample of a set: uint8 `(C, H, W)` of `samples_shape`.

    Parameters
    ----------
    framing
        How the pictures of the set became samples: with the same range of values, fit and ground
        (see `SampleSet.framing`). None: as those of a set that nobody set anything for.

    Raises
    ------
    PictureError
        As `decode` does.
    """
    C, H, W = samples_shape
    colour: Colour = "grey" if C == 1 else "rgb"
    framing = replace(framing or Framing(), size_px=(H, W), max_side_px=None, colour=colour)
    return decode(data, framing=framing, limits=limits).x


def refit(
    x: np.ndarray, size_px: tuple[int, int], colour: Colour, fit: Fit = "cut", ground: str = "black"
) -> np.ndarray:
    """A decoded picture, uint8 `(C, H, W)`, at another size or in another colour."""
    return to_array(fitted(as_image(x), size_px, fit, ground), colour, n_channels=len(x))


# Ways of decoding ------------------------------------------------------------------------


def _of_image(
    image: Image.Image, data: bytes, framing: Framing, limits: Limits, all_frames: bool
) -> Generator[Picture, None, None]:
    """What Pillow reads, but TIFF."""
    kind = image.format
    width, height = image.size
    is_jpeg = kind in ("JPEG", "MPO")
    moves = not is_jpeg and is_animated(image)
    turn = orientation_of(image) if is_jpeg else 1
    if wanted := framing.size_px or (framing.max_side_px and (framing.max_side_px,) * 2):
        skip_needless(image, wanted, turn)
        if image.width * image.height > limits.n_pixels:
            raise too_large(f"{width} × {height}", limits.n_pixels)
    n_frames = 1
    if all_frames and moves:
        n_frames = int(getattr(image, "n_frames", 1))
        _check_frames(n_frames, width * height)
    for number in range(n_frames):
        if n_frames > 1:
            image.seek(number)
        pixels = loaded(image, data)
        if not is_jpeg:  # a PNG may say it behind its pixels
            turn = orientation_of(image)
        values = range_of(framing.values, "u8")
        notes = (FIRST_FRAME,) if moves and not all_frames else ()
        peak = None
        if kind == "PNG" and pixels.mode in ("RGB", "RGBA") and deep_photos.is_deep(data):
            peak = top_value(pixels.convert("RGB")) / 255
        yield _picture(pixels, kind, turn, (width, height), framing, notes, values, peak)


def _of_tiff(
    data: bytes, framing: Framing, limits: Limits, all_frames: bool
) -> Generator[Picture, None, None]:
    """Pages of a TIFF: deep ones as their file holds them, others by Pillow."""
    numbered = page_numbers(data, MAX_FRAMES + 1 if all_frames else 2)
    if not numbered:
        raise not_a_picture(data)
    notes = (FIRST_FRAME,) if len(numbered) > 1 and not all_frames else ()
    image: Image.Image | None = None
    if all_frames:
        first = numbered[0][1]
        _check_frames(len(numbered), first.number(256) * first.number(257))
    for number, page in numbered if all_frames else numbered[:1]:
        check_page(data, limits.n_pixels, page.at)
        turn = page.number(ORIENTATION, 1)
        if deep_photos.is_deep_tiff(page):
            size = page.number(256), page.number(257)
            check_size(*size, limits.n_pixels)
            deep = deep_photos.read(data, number)
            yield _of_deep(deep, turn, size, framing, notes)
            continue
        image = image or open_checked(data, limits)
        image.seek(number)
        check_size(*image.size, limits.n_pixels)
        size = image.size  # which Pillow has turned by now
        image = loaded(image, data)
        values = range_of(framing.values, "u8")
        told = (*notes, EXTRA_CHANNEL) if deep_photos.has_unknown_channel(page) else notes
        yield _picture(image.copy(), "TIFF", 1, size, framing, told, values)


def _of_deep_file(data: bytes, framing: Framing, limits: Limits) -> Generator[Picture, None, None]:
    """A PNG or PGM."""
    size = deep_photos.size_of(data)
    check_size(*size, limits.n_pixels)
    turn = notes_of(data).orientation
    yield _of_deep(deep_photos.read(data), turn, size, framing, ())


def _of_deep(
    deep: Deep, turn: int, size: tuple[int, int], framing: Framing, notes: tuple[str, ...]
) -> Picture:
    values = range_of(framing.values, deep.code)
    peak = None
    if values is None and deep.full is not None:
        peak = deep.found()[1] / deep.full[1]
    if len(deep.x) > deep.n_colours and not deep.has_alpha:
        deep, notes = replace(deep, x=deep.x[: deep.n_colours]), (*notes, EXTRA_CHANNEL)
    wanted = framing.size_px or fitted_size(size, framing.max_side_px) or size[::-1]
    factor = max(1, min(size) // (3 * max(wanted)))
    image = shrunk(deep, factor, values or deep.in_range())
    return _picture(image, "TIFF", turn, size, framing, notes, None, peak)


def _check_frames(n_frames: int, n_pixels: int) -> None:
    if n_frames > MAX_FRAMES or n_frames * n_pixels > _MAX_PX_OF_FRAMES:
        raise PictureError(
            "It has more than {max_frames:,} frames or pages.",
            "Save it in several files.",
            max_frames=min(MAX_FRAMES, _MAX_PX_OF_FRAMES // max(1, n_pixels)),
        )


def _picture(
    image: Image.Image,
    kind: str | None,
    turn: int,
    size: tuple[int, int],
    framing: Framing,
    notes: tuple[str, ...],
    values: Range | None = None,
    peak: float | None = None,
) -> Picture:
    """A decoded image as a sample.

    Parameters
    ----------
    size
        Width and height of the original, as it lies in the file.
    values
        What becomes black and white of 8 bits.
    """
    if smaller := fitted_size(image.size, framing.max_side_px):
        image = reduced(image, smaller, kind).resize(smaller, Image.Resampling.LANCZOS)
    if turn in TURNS:
        image = image.transpose(TURNS[turn])
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image, peak = from_many_bits(image, kind, framing.values)
    else:
        image = eight_bit(image, kind)
        if values is not None:
            image = stretched(image, values)
    image = fitted(image, framing.size_px, framing.fit, framing.ground, _GAP)
    if image.mode in ("LA", "RGBA"):
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() != (255, 255):
            laid = Sentence(
                "transparent parts were laid on {ground}", ground=Sentence(framing.ground)
            )
            notes = (*notes, laid)
        image = on_ground(image, framing.ground)
    width, height = size[::-1] if turn in ON_ITS_SIDE else size
    return Picture(to_array(image, framing.colour), width, height, notes, peak)


# Steps of decoding -----------------------------------------------------------------------
