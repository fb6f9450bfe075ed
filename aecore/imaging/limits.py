"""How large a file and its picture may be, and what is said of one that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from aecore.errors import PictureError

MIN_SIDE_PX = 4
MAX_SIDE_PX = 1_000_000
"""Longer than any picture, and as long as libpng writes one."""


@dataclass(frozen=True)
class Limits:
    """The largest picture that is let in.

    Parameters
    ----------
    n_pixels
        Decoded.
    n_bytes
        Of the file.
    n_reduced
        Pixels of a JPEG that is decoded at reduced scale, which costs far less.
    """

    n_pixels: int
    n_bytes: int
    n_reduced: int = 0


TRAINING = Limits(64_000_000, 64 * 2**20, 150_000_000)
PHOTOGRAPH = Limits(64_000_000, 200 * 2**20, 150_000_000)


def check_size(width: int, height: int, n_pixels: int) -> None:
    """Refuse a picture of this size that has too many pixels, or too few.

    Raises
    ------
    PictureError
    """
    if max(width, height) > MAX_SIDE_PX:
        raise PictureError(
            "The picture has {width} × {height} pixels; a side may have {max_side_px:,}.",
            "Cut it into pieces.",
            width=width,
            height=height,
            max_side_px=MAX_SIDE_PX,
        )
    if width * height > n_pixels:
        raise too_large(f"{width} × {height}", n_pixels)
    if min(width, height) < MIN_SIDE_PX:
        raise PictureError(
            "The picture has {width} × {height} pixels; each side needs {min_side_px}.",
            "Leave it out, or use its original.",
            width=width,
            height=height,
            min_side_px=MIN_SIDE_PX,
        )


def no_memory() -> PictureError:
    """What is told where decoding took more memory than there is."""
    return PictureError(
        "There is not enough memory to read this picture.", "Make it smaller, or save it as PNG."
    )


def damaged(kind: str | None) -> PictureError:
    """What is told where a decoder failed."""
    return PictureError("The {kind} is damaged or cut short.", "Save or copy it again.", kind=kind)


def too_large(found: str, n_pixels: int) -> PictureError:
    return PictureError(
        "The picture has {n} pixels; up to {most:.0f} megapixels are read.",
        "Make it smaller.",
        n=found,
        most=n_pixels / 1e6,
    )
