"""Small pictures of all points of a map, in a few sheets that a browser cuts up."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from aecore.data.samples import SampleSet
from aecore.figures.pictures import as_rgb, mosaic

TILE_PX = 32
"""Longer side of a thumbnail, at the most."""
N_PIXELS = 30_000_000
"""Of all thumbnails together, at the most, so that a tablet holds them (four bytes each): up to
29,000 points have them at full size, 70,000 at 20 pixels, 100,000 at 17."""
PART_PX = 4096
"""Longer side of a sheet, at the most: what every device draws from."""


@dataclass(frozen=True)
class Sheet:
    """Thumbnails of all points in one picture, or in several where one would be too large.

    Parameters
    ----------
    parts
        WebP; tiles side by side, row by row.
    tile
        Height and width of one, in pixels.
    columns
        Tiles side by side.
    n_each
        Tiles of each part; the last may have fewer.
    """

    parts: tuple[bytes, ...]
    tile: tuple[int, int]
    columns: int
    n_each: int


def sheet_of(samples: SampleSet, rows: np.ndarray) -> Sheet:
    """Thumbnails of some samples; large pictures are made smaller, and so are very many.

    Parameters
    ----------
    rows
        Rows of the set, in the order of the points.
    """
    H, W = samples.shape[1:]
    side = min(TILE_PX, int(np.sqrt(N_PIXELS / max(1, len(rows)))))
    shrunk = min(1.0, side / max(H, W))
    tile = max(1, round(H * shrunk)), max(1, round(W * shrunk))
    n_each = max(1, PART_PX // tile[0]) * max(1, PART_PX // tile[1])
    columns = max(1, PART_PX // tile[1])
    if len(rows) <= n_each:
        square = max(1, int(np.ceil(np.sqrt(len(rows)))))
        columns, n_each = min(columns, square), max(1, len(rows))
    starts = range(0, max(1, len(rows)), n_each)
    parts = tuple(_webp(samples, rows[at : at + n_each], tile, columns) for at in starts)
    return Sheet(parts, tile, columns, n_each)


def _webp(samples: SampleSet, rows: np.ndarray, tile: tuple[int, int], columns: int) -> bytes:
    from PIL import Image

    rgb = as_rgb(np.asarray(samples.x[rows]))  # (n, H, W, 3)
    if tile != samples.shape[1:]:
        size = tile[::-1]
        rgb = np.stack(
            [np.asarray(Image.fromarray(x).resize(size, Image.Resampling.BOX)) for x in rgb]
        )
    file = io.BytesIO()
    Image.fromarray(mosaic(rgb, columns)).save(file, "WEBP", quality=80, method=1)
    return file.getvalue()
