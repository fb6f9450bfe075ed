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
from PIL import Image

from aecore.errors import PictureError
from aecore.imaging.decoder_warnings import silenced
from aecore.imaging.file_bounds import check_file

Colour = Literal["native", "grey", "rgb"]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
"""What is decoded; Pillow's forty other decoders stay shut."""
READS = "PNG, JPEG, WebP, BMP, TIFF or GIF"
MIN_SIDE_PX = 4
MAX_SIDE_PX = 1_000_000
"""Longer than any picture, and as long as libpng writes one."""
_PX_AT_ONCE = 2**20
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture upright whose camera noted this orientation."""
_ORIENTATION = 0x0112
_TIFFS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
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
    max_side_px: int | None = None,
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
    max_side_px
        Longest side to resize to where it is longer; nothing is cropped.
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
        with silenced():
            if wanted := size_px or (max_side_px and (max_side_px, max_side_px)):
                image.draft(None, (2 * wanted[1], 2 * wanted[0]))  # JPEG: skip what is not needed
            image = loaded(image, data)
            turn = _orientation(image)
            if turn in (5, 6, 7, 8):
                width, height = height, width
            if smaller := _within(image.size, max_side_px):
                image = _reduced(image, smaller, kind).resize(smaller, Image.Resampling.LANCZOS)
            if turn in _TURNS:
                image = image.transpose(_TURNS[turn])
            x = _to_array(_fitted(eight_bit(image, kind), size_px), colour)
    except PictureError:
        raise
    except MemoryError as problem:
        raise no_memory() from problem
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
    check_file(data, limits.n_pixels)
    try:
        with silenced():
            image: Image.Image = Image.open(io.BytesIO(data), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise _too_large("too many", limits) from problem
    except Exception as problem:  # a decoder may fail on hostile bytes in any way
        raise _not_a_picture(data) from problem
    width, height = image.size
    if max(width, height) > MAX_SIDE_PX:
        raise PictureError(
            f"The picture has {width} × {height} pixels; a side may have {MAX_SIDE_PX:,}.",
            "Cut it into pieces.",
        )
    if width * height > limits.n_pixels:
        raise _too_large(f"{width} × {height}", limits)
    if 4 * width * height > limits.n_pixels and image.format == "WEBP" and _moves(image):
        raise PictureError(
            f"It moves, and has {width} × {height} pixels; up to {limits.n_pixels / 4e6:.0f} "
            "megapixels are read of what moves.",
            "Save one picture of it.",
        )
    if min(width, height) < MIN_SIDE_PX:
        raise PictureError(
            f"The picture has {width} × {height} pixels; each side needs {MIN_SIDE_PX}.",
            "Leave it out, or use its original.",
        )
    return image


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
    if image.format != "WEBP" or _moves(image):
        image.load()
        return image
    from imagecodecs import webp_decode  # of large ones Pillow takes four times the memory

    x = webp_decode(data)
    if x.shape[:2] != image.size[::-1]:
        raise PictureError(
            "The file holds another picture than its header says.", "Save or copy it again."
        )
    still = Image.fromarray(x)
    still.info = image.info
    return still


def fit_picture(
    data: bytes, samples_shape: tuple[int, int, int], *, limits: Limits = PHOTOGRAPH
) -> np.ndarray:
    """A person's picture as a sample of a set: uint8 `(C, H, W)` of `samples_shape`.

    Raises
    ------
    PictureError
        As `decode` does.
    """
    C, H, W = samples_shape
    return decode(data, size_px=(H, W), colour="grey" if C == 1 else "rgb", limits=limits).x


def refit(x: np.ndarray, size_px: tuple[int, int], colour: Colour) -> np.ndarray:
    """A decoded picture, uint8 `(C, H, W)`, at another size or in another colour."""
    return _to_array(_fitted(as_image(x), size_px), colour, n_channels=len(x))


def as_image(x: np.ndarray) -> Image.Image:
    """Pixels uint8 `(C, H, W)` as Pillow holds them."""
    return Image.fromarray(x[0] if len(x) == 1 else np.ascontiguousarray(x.transpose(1, 2, 0)))


# Steps of decoding -----------------------------------------------------------------------


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a damaged note about the camera costs the note, not the picture
        return 1


def _moves(image: Image.Image) -> bool:
    return bool(getattr(image, "is_animated", False))


def _within(size: tuple[int, int], max_side_px: int | None) -> tuple[int, int] | None:
    """Width and height that a picture of this width and height gets; None: its own."""
    if max_side_px is None or max(size) <= max_side_px:
        return None
    width, height = (max(MIN_SIDE_PX, round(side * max_side_px / max(size))) for side in size)
    return width, height


def _reduced(image: Image.Image, size: tuple[int, int], kind: str | None) -> Image.Image:
    """The picture with 8 bits, made smaller by a whole number to no less than three times a size.

    Some rows at a time: with transparency Pillow would copy the whole.
    """
    factor = max(1, min(a // (3 * b) for a, b in zip(image.size, size, strict=True)))
    if factor == 1:
        return eight_bit(image, kind)
    width, height = image.size
    n_rows = factor * max(1, _PX_AT_ONCE // (factor * width))
    found: Image.Image | None = None
    for top in range(0, height, n_rows):
        part = eight_bit(image.crop((0, top, width, min(height, top + n_rows))), kind)
        part = part.reduce(factor)
        if found is None:
            found = Image.new(part.mode, (-(-width // factor), -(-height // factor)))
        found.paste(part, (0, top // factor))
    return eight_bit(image, kind) if found is None else found


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


def no_memory() -> PictureError:
    """What is told where decoding took more memory than there is."""
    return PictureError(
        "There is not enough memory to read this picture.", "Make it smaller, or save it as PNG."
    )


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
