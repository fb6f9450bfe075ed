"""Small pictures of all points of a map, in a few sheets that a browser cuts up."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aecore.data.samples import SampleSet

TILE_PX = 32
"""Longer side of a thumbnail, at the most."""
N_PIXELS = 30_000_000
"""Of all thumbnails together, at the most, so that a tablet holds them (four bytes each): up to
29,000 points have them at full size, 70,000 at 20 pixels, 100,000 at 17."""
PART_PX = 4096
"""Longer side of a sheet, at the most: what every device draws from."""
_WAY = "webp 80 1"
"""How a sheet is written; another way gives another digest."""
_CHUNK = 512


@dataclass(frozen=True, eq=False, repr=False)
class Sheet:
    """Thumbnails of all points in one picture, or in several where one would be too large.

    They are made when they are asked for.

    Parameters
    ----------
    samples
        Whose pictures they are.
    rows
        Rows of the set, in the order of the points.
    tile
        Height and width of one, in pixels.
    columns
        Tiles side by side.
    n_each
        Tiles of each part; the last may have fewer.
    """

    samples: SampleSet
    rows: np.ndarray
    tile: tuple[int, int]
    columns: int
    n_each: int

    @property
    def n_parts(self) -> int:
        """Pictures that it takes."""
        return max(1, -(-len(self.rows) // self.n_each))

    def part(self, number: int) -> bytes:
        """One of them, as WebP: tiles side by side, row by row."""
        rows = self.rows[number * self.n_each : (number + 1) * self.n_each]
        return _webp(self.samples, rows, self.tile, self.columns)

    @cached_property
    def parts(self) -> tuple[bytes, ...]:
        """All of them."""
        return tuple(self.part(number) for number in range(self.n_parts))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the pictures themselves and of how they are laid out, before any is made.

        Who does not have the pictures does not find it.
        """
        about = (_WAY, self.samples.shape, len(self.rows), self.tile, self.columns, self.n_each)
        found = hashlib.sha256(repr(about).encode())
        for start in range(0, len(self.rows), _CHUNK):
            found.update(self.samples.x[self.rows[start : start + _CHUNK]].tobytes())
        return found.hexdigest()


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
    return Sheet(samples, rows, tile, columns, n_each)


def _webp(samples: SampleSet, rows: np.ndarray, tile: tuple[int, int], columns: int) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(laid(samples, rows, tile, columns)).save(file, "WEBP", quality=80, method=1)
    return file.getvalue()


def laid(samples: SampleSet, rows: np.ndarray, tile: tuple[int, int], columns: int) -> np.ndarray:
    """Tiles side by side in one picture, uint8 `(h, w)`, or `(h, w, 3)` in colour.

    A line of them is made small as one picture: no tile needs a step of its own.
    """
    from PIL import Image

    C, H, W = samples.shape
    high, wide = tile
    sheet = np.zeros((max(1, -(-len(rows) // columns)) * high, columns * wide, C), np.uint8)
    for top, start in enumerate(range(0, len(rows), columns)):
        x = np.asarray(samples.x[rows[start : start + columns]])  # (n, C, H, W)
        line = np.zeros((H, columns, W, C), np.uint8)
        line[:, : len(x)] = x.transpose(2, 0, 3, 1)
        picture = line.reshape(H, columns * W, C)
        if tile != (H, W):
            size = (columns * wide, high)
            small = Image.fromarray(picture if C == 3 else picture[..., 0]).resize(
                size, Image.Resampling.BOX
            )
            picture = np.asarray(small).reshape(high, columns * wide, C)
        sheet[top * high : (top + 1) * high] = picture
    return sheet if C == 3 else sheet[..., 0]
