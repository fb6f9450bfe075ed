"""Untrusted bytes in, uint8 pictures out: limits first, then decode, upright, crop, resize.

A picture is cut to the middle square (or to the shape that is asked for) and resized with an
antialiasing filter; grey is the luma of ITU-R BT.601; transparent parts become white; colour
profiles are not applied.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from aecore.errors import PictureError

Colour = Literal["native", "grey", "rgb"]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
"""What is decoded; Pillow's forty other decoders stay shut."""
READS = "PNG, JPEG, WebP, BMP, TIFF or GIF"
MIN_SIDE_PX = 4
_ORIENTATION = 0x0112
_TIFFS = (b"II*\0", b"MM\0*")
_SIGNATURES = (b"\x89PNG", b"\xff\xd8", b"GIF8", b"BM", b"RIFF")


@dataclass(frozen=True)
class Limits:
    """The largest picture that is let in: `n_pixels` decoded, `n_bytes` of file."""

    n_pixels: int
    n_bytes: int


TRAINING = Limits(24_000_000, 64 * 2**20)
PHOTOGRAPH = Limits(64_000_000, 200 * 2**20)


@dataclass(frozen=True)
class Picture:
    """A decoded picture: `x` uint8 `(C, H, W)`, and the size of the original, upright."""

    x: np.ndarray
    width_px: int
    height_px: int


def decode(
    data: bytes,
    *,
    size_px: tuple[int, int] | None = None,
    colour: Colour = "native",
    limits: Limits = TRAINING,
) -> Picture:
    """Decode one file.

    Parameters
    ----------
    data
        The file's content; nothing about it is trusted.
    size_px
        Height and width to crop and resize to; None keeps every pixel.
    colour
        "native": one channel where all three are equal, else three.
    limits
        By purpose: `TRAINING` or `PHOTOGRAPH`. They are checked before any pixel is decoded.

    Raises
    ------
    PictureError
        Saying what the file is instead, and what to do.
    """
    image = opened(data, limits)
    width, height = image.size
    kind = image.format
    try:
        if size_px is not None:
            image.draft(None, (2 * size_px[1], 2 * size_px[0]))  # JPEG: skip what is not needed
        image.load()  # the first frame; fails where the file is cut short
        upright = _upright(image)
        if _lies(image):
            width, height = height, width
        x = _to_array(_fitted(eight_bit(upright, kind), size_px), colour)
    except PictureError:
        raise
    except Exception as problem:  # as above
        raise PictureError(
            f"The {kind} is damaged or cut short.", "Save or copy it again."
        ) from problem
    return Picture(x, width, height)


def opened(data: bytes, limits: Limits, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """The header of one file, under limits; no pixel is decoded yet.

    Raises
    ------
    PictureError
        Saying what the file is instead, and what to do.
    """
    if not data:
        raise PictureError("The file is empty.", "Save or copy it again.")
    if len(data) > limits.n_bytes:
        raise PictureError(
            f"The file has {len(data) / 2**20:.0f} MB; up to {limits.n_bytes / 2**20:.0f} MB "
            "are read.",
            "Make it smaller.",
        )
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _too_large("too many", limits) from problem
    except Exception as problem:  # a decoder may fail on hostile bytes in any way
        raise _not_a_picture(data) from problem
    width, height = image.size
    if width * height > limits.n_pixels:
        raise _too_large(f"{width} × {height}", limits)
    if min(width, height) < MIN_SIDE_PX:
        raise PictureError(
            f"The picture has {width} × {height} pixels; each side needs {MIN_SIDE_PX}.",
            "Leave it out, or use its original.",
        )
    return image


def fit_picture(data: bytes, samples_shape: tuple[int, int, int]) -> np.ndarray:
    """A person's picture as a sample of a set: uint8 `(C, H, W)` of `samples_shape`.

    Raises
    ------
    PictureError
        As `decode` does.
    """
    C, H, W = samples_shape
    return decode(data, size_px=(H, W), colour="grey" if C == 1 else "rgb", limits=PHOTOGRAPH).x


def refit(x: np.ndarray, size_px: tuple[int, int], colour: Colour) -> np.ndarray:
    """A decoded picture, uint8 `(C, H, W)`, at another size or in another colour."""
    image = Image.fromarray(x[0] if len(x) == 1 else np.ascontiguousarray(x.transpose(1, 2, 0)))
    return _to_array(_fitted(image, size_px), colour, n_channels=len(x))


# Steps of decoding -----------------------------------------------------------------------


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a damaged note about the camera costs the note, not the picture
        return 1


def _lies(image: Image.Image) -> bool:
    """Whether the camera was held so that width and height change places."""
    return _orientation(image) in (5, 6, 7, 8)


def _upright(image: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(image) if _orientation(image) in range(2, 9) else image


def eight_bit(image: Image.Image, kind: str | None) -> Image.Image:
    """The picture in L, LA, RGB or RGBA.

    16-bit greys are scaled by their whole range (65535 becomes 255), never by what one picture
    happens to hold, so that pictures stay comparable. Floats are taken to lie in [0, 1].
    """
    mode = image.mode
    if mode.startswith("I;16") or (mode == "I" and kind == "PNG"):
        values = np.asarray(image).astype(np.float32) / np.float32(257.0)
        return Image.fromarray(np.rint(values).astype(np.uint8))
    if mode in ("I", "F"):
        values = np.asarray(image).astype(np.float32)
        if mode == "I" or not (
            np.isfinite(values).all() and 0 <= values.min() <= values.max() <= 1
        ):
            raise PictureError(
                "The picture has 32 bits a pixel and no fixed range.",
                "Save it with 8 or 16 bits a channel.",
            )
        return Image.fromarray(np.rint(values * 255).astype(np.uint8))
    if mode == "1":
        return image.convert("L")
    if mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image if mode in ("L", "RGB") else image.convert("RGB")


def _fitted(image: Image.Image, size_px: tuple[int, int] | None) -> Image.Image:
    """The middle of the picture, at this height and width."""
    if size_px is None or image.size == size_px[::-1]:
        return image
    height, width = size_px
    scale = min(image.width / width, image.height / height)
    cut_width, cut_height = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (image.width - cut_width) // 2, (image.height - cut_height) // 2
    middle = image.crop((left, top, left + cut_width, top + cut_height))
    return middle.resize((width, height), Image.Resampling.LANCZOS)


def _to_array(image: Image.Image, colour: Colour, n_channels: int = 0) -> np.ndarray:
    """uint8 `(C, H, W)`; `n_channels` where "native" is known beforehand."""
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    if image.mode == "L" or colour == "grey":
        x = np.asarray(image.convert("L"))[None]  # (1, H, W)
        return np.repeat(x, 3, axis=0) if colour == "rgb" else x
    x = np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))  # (3, H, W)
    is_grey = colour == "native" and not n_channels and bool((x == x[:1]).all())
    return x[:1] if is_grey else x


# What a file is instead ------------------------------------------------------------------


def _too_large(found: str, limits: Limits) -> PictureError:
    return PictureError(
        f"The picture has {found} pixels; up to {limits.n_pixels / 1e6:.0f} megapixels are read.",
        "Make it smaller.",
    )


def _not_a_picture(data: bytes) -> PictureError:
    """Name what the bytes are, from how they start."""
    start = data[:1024]
    if b"<svg" in start.lower():
        found = "This is an SVG drawing, not a grid of pixels.", "Export it as PNG."
    elif start[4:8] == b"ftyp":
        found = "This is a HEIC or AVIF picture, or a film, which are not read.", "Save it as JPEG."
    elif start.startswith(b"PK\x03\x04"):
        found = "This is a zip archive, not a picture.", "Bring it by itself."
    elif start.startswith(b"%PDF"):
        found = "This is a PDF, not a picture.", "Export its pages as PNG."
    elif start.startswith(_TIFFS):
        found = "The TIFF is damaged, or of a kind that is not read.", "Save it as PNG."
    elif start.startswith(_SIGNATURES):
        found = "The picture is damaged or cut short.", "Save or copy it again."
    elif _is_text(start):
        found = "This is a text file, not a picture.", f"Bring {READS}."
    else:
        found = "This is no picture that is read here.", f"Bring {READS}."
    return PictureError(*found)


def _is_text(start: bytes) -> bool:
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as problem:
        if problem.start < len(start) - 4:  # not merely a character cut in two
            return False
        text = start[: problem.start].decode("utf-8")
    return all(letter.isprintable() or letter in "\t\r\n\f" for letter in text)
