"""Pixels of a decoded picture: depth, ground, turn, size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from PIL import Image

from aecore.imaging.deep_photos import Deep, Range
from aecore.imaging.limits import (
    MIN_SIDE_PX,
)
from aecore.imaging.tiff_directories import ORIENTATION

Colour = Literal["native", "grey", "rgb"]
Values = Range | Mapping[str, Range]
"""What becomes black and white: of every picture, or by `Deep.code`."""
PX_AT_ONCE = 2**20
PX_OF_RANGE = 1024


def as_image(x: np.ndarray) -> Image.Image:
    """Pixels uint8 `(C, H, W)` as Pillow holds them."""
    return Image.fromarray(x[0] if len(x) == 1 else np.ascontiguousarray(x.transpose(1, 2, 0)))


def range_of(values: Values | None, code: str) -> Range | None:
    return values.get(code) if isinstance(values, Mapping) else values


def top_value(image: Image.Image) -> int:
    """Largest value of a picture of 8 bits."""
    return max(level % 256 for level, n in enumerate(image.histogram()) if n)


def from_many_bits(
    image: Image.Image, kind: str | None, values: Values | None
) -> tuple[Image.Image, float | None]:
    """Greys of more than 8 bits that Pillow reads itself: those of PGM and PFM."""
    x = np.asarray(image)[None]
    deep = Deep(x.astype(np.float32 if image.mode == "F" else np.uint16), 16)
    found = range_of(values, deep.code)
    peak = None if found or deep.full is None else deep.found()[1] / deep.full[1]
    return Image.fromarray(deep.scaled(8, found)[0]), peak


def stretched(image: Image.Image, values: Range) -> Image.Image:
    """Colours of 8 bits so that a range becomes 0 to 255."""
    low, high = values
    table = [round(min(255.0, max(0.0, 255 * (i - low) / (high - low)))) for i in range(256)]
    bands = image.split()
    n_colours = len(bands) - (image.mode in ("LA", "RGBA"))
    return Image.merge(
        image.mode, [band.point(table) for band in bands[:n_colours]] + list(bands[n_colours:])
    )


def orientation_of(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a damaged note about the camera costs the note, not the picture
        return 1


def fitted_size(size: tuple[int, int], max_side_px: int | None) -> tuple[int, int] | None:
    """Width and height that a picture of this width and height gets; None: its own."""
    if max_side_px is None or max(size) <= max_side_px:
        return None
    width, height = (max(MIN_SIDE_PX, round(side * max_side_px / max(size))) for side in size)
    return width, height


def reduced(image: Image.Image, size: tuple[int, int], kind: str | None) -> Image.Image:
    """The picture with 8 bits, made smaller by a whole number to no less than three times a size.

    Some rows at a time: with transparency Pillow would copy the whole.
    """
    factor = max(1, min(a // (3 * b) for a, b in zip(image.size, size, strict=True)))
    if factor == 1:
        return eight_bit(image, kind)
    width, height = image.size
    n_rows = factor * max(1, PX_AT_ONCE // (factor * width))
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
    if mode.startswith("I;16") or mode in ("I", "F"):
        return from_many_bits(image, kind, None)[0]
    if mode == "1":
        return image.convert("L")
    if mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image if mode in ("L", "RGB") else image.convert("RGB")


def on_ground(image: Image.Image, ground: str) -> Image.Image:
    """Transparent parts over one colour."""
    under = Image.new("RGBA", image.size, ground)
    return Image.alpha_composite(under, image).convert("RGB")


def to_array(image: Image.Image, colour: Colour, n_channels: int = 0) -> np.ndarray:
    """uint8 `(C, H, W)`; `n_channels` where "native" is known beforehand."""
    if image.mode == "L" or colour == "grey":
        x = np.asarray(image.convert("L"))[None]  # (1, H, W)
        return np.repeat(x, 3, axis=0) if colour == "rgb" else x
    x = np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))  # (3, H, W)
    is_grey = colour == "native" and not n_channels and bool((x == x[:1]).all())
    return x[:1] if is_grey else x
