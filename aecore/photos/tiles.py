"""A picture cut into tiles that see a margin around themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aecore.errors import SpecError


@dataclass(frozen=True)
class Tile:
    """One tile.

    Parameters
    ----------
    rows, columns
        Its middle, which it answers for, in the picture.
    seen_rows, seen_columns
        What it sees, in the picture.
    """

    rows: slice
    columns: slice
    seen_rows: slice
    seen_columns: slice

    def seen_of(self, x: np.ndarray) -> np.ndarray:
        """What the tile sees of a picture `(C, H, W)`."""
        return x[:, self.seen_rows, self.seen_columns]

    def middle_of(self, found: np.ndarray) -> np.ndarray:
        """The tile's middle, of a result `(C, h, w)` of what it saw."""
        top = self.rows.start - self.seen_rows.start
        left = self.columns.start - self.seen_columns.start
        height = self.rows.stop - self.rows.start
        width = self.columns.stop - self.columns.start
        return found[:, top : top + height, left : left + width]


def tiles(size_px: tuple[int, ...], tile_px: int, margin_px: int, multiple: int) -> Iterator[Tile]:
    """Tiles that cover a picture once, row by row.

    They are about equally large, and what each sees starts at a multiple of `multiple`, so that
    a network with strides sees the same grid as in the whole picture.

    Parameters
    ----------
    size_px
        Height and width.
    tile_px
        The middle of a tile has at most so many pixels a side.

    Raises
    ------
    SpecError
        If a tile has no pixel.
    """
    if tile_px < multiple or margin_px < 0:
        raise SpecError(
            "Tiles of {tile_px} px with a margin of {margin_px} px cannot be cut.",
            "Take {multiple} px or more, and no negative margin.",
            tile_px=tile_px,
            margin_px=margin_px,
            multiple=multiple,
        )
    H, W = size_px
    for rows, seen_rows in _spans(H, tile_px, margin_px, multiple):
        for columns, seen_columns in _spans(W, tile_px, margin_px, multiple):
            yield Tile(rows, columns, seen_rows, seen_columns)


def _spans(n: int, tile: int, margin: int, multiple: int) -> Iterator[tuple[slice, slice]]:
    """Along one axis: the middles, and what is seen with each."""
    n_tiles = -(-n // tile)
    step = -(-n // n_tiles)
    step = min(step + -step % multiple, tile - tile % multiple)
    margin += -margin % multiple
    for start in range(0, n, step):
        stop = min(start + step, n)
        yield slice(start, stop), slice(max(0, start - margin), min(n, stop + margin))
