"""What the eye gets of a cleaned photograph: 8-bit PNGs at full size, and maps laid over them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from aecore.figures.colours import diverging_table, sequential_table
from aecore.imaging.photo_writing import png

UNCERTAINTY = "uncertainty.png"
"""The file that `uncertainty_map` is kept in."""
_ROWS = 256
_RLE = 3
"""How zlib packs: as quickly as it can, which loses little on maps."""
_THUMB_PX = 96
_SPANS_255 = (4, 8, 16, 32, 64, 128, 256)
_SURE = 0.25
"""Uncertainty that is not drawn."""


@dataclass(frozen=True)
class ResidualMap:
    """What was removed, as a map.

    Parameters
    ----------
    span_255
        The value at both ends of its colours, in steps of 255.
    """

    png: bytes
    span_255: int


def shown(x: np.ndarray) -> np.ndarray:
    """A photograph as a screen shows it: uint8 `(H, W)` or `(H, W, 3)`; see-through is white.

    Parameters
    ----------
    x
        `(C, H, W)`, uint8 or uint16, with alpha or without.
    """
    eight = x if x.dtype == np.uint8 else _eight_bit(x)
    n_colours = 1 if len(x) < 3 else 3
    if len(x) > n_colours:
        eight = _on_white(eight[:n_colours], eight[-1])
    return eight[0] if n_colours == 1 else np.ascontiguousarray(eight.transpose(1, 2, 0))


def view_png(pixels: np.ndarray, icc: bytes = b"") -> bytes:
    """Pixels as `shown` gives them, as a PNG in their colour profile."""
    return png(pixels, icc=icc, quickly=True)


def thumb_png(pixels: np.ndarray) -> bytes:
    """The same, small: a square from the middle."""
    image = Image.fromarray(pixels)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return _png(
        image.resize(
            (_THUMB_PX, _THUMB_PX),
            Image.Resampling.BILINEAR,
            box=(left, top, left + side, top + side),
            reducing_gap=2.0,
        ).convert("RGB")
    )


def residual_map(x: np.ndarray, x_hat: np.ndarray) -> ResidualMap:
    """`x - x_hat`, mean over colours, in the diverging map; blue was made brighter, rust darker.

    Parameters
    ----------
    x, x_hat
        `(C, H, W)`, uint8 or uint16.
    """
    n_colours = 1 if len(x) < 3 else 3
    white = float(np.iinfo(x.dtype).max)
    taken = np.empty(x.shape[1:], np.float32)
    for start in range(0, x.shape[1], _ROWS):
        rows = slice(start, start + _ROWS)
        before = x[:n_colours, rows].mean(0, dtype=np.float32)
        taken[rows] = (before - x_hat[:n_colours, rows].mean(0, dtype=np.float32)) * 255 / white
    wanted = 3 * float(taken.std())
    span = next((span for span in _SPANS_255 if span >= wanted), _SPANS_255[-1])
    level = np.rint((taken / span).clip(-1, 1) * 127 + 127).astype(np.uint8)
    return ResidualMap(_png(_in_colours(level, diverging_table())), span)


def uncertainty_map(uncertainty: np.ndarray) -> bytes:
    """A map `(H, W)` of 0 to 1 to lay over the photograph: clear where there is no uncertainty."""
    level = np.rint(uncertainty.clip(0, 1) * 255).astype(np.uint8)
    share = np.linspace(0, 1, 256)
    colours = sequential_table()[np.rint(90 + 150 * share).astype(int)]
    alpha = np.rint(220 * ((share - _SURE) / (1 - _SURE)).clip(0, 1))
    return _png(_in_colours(level, colours), transparency=alpha.astype(np.uint8).tobytes())


def uncertainty_colours() -> list[str]:
    """The colours of `uncertainty_map`, from little uncertainty to much."""
    table = sequential_table()[np.rint(90 + 150 * np.linspace(_SURE, 1, 6)).astype(int)]
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in table]


def _in_colours(level: np.ndarray, table: np.ndarray) -> Image.Image:
    image = Image.fromarray(level, "L")
    image.putpalette(table.tobytes())
    return image


def _eight_bit(x: np.ndarray) -> np.ndarray:
    out = np.empty(x.shape, np.uint8)
    for start in range(0, x.shape[1], _ROWS):
        rows = slice(start, start + _ROWS)
        out[:, rows] = np.rint(x[:, rows].astype(np.float32) / 257)
    return out


def _on_white(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    out = np.empty_like(colours)
    for start in range(0, colours.shape[1], _ROWS):
        rows = slice(start, start + _ROWS)
        share = alpha[rows].astype(np.float32) / 255
        out[:, rows] = np.rint(255 + share * (colours[:, rows].astype(np.float32) - 255))
    return out


def _png(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1, compress_type=_RLE, **options)
    return file.getvalue()
