"""A photograph as arrays, with what its file carried."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from aecore.imaging.photo_notes import Block

PhotoFormat = Literal["JPEG", "PNG", "TIFF", "WEBP"]


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
