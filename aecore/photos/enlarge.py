"""Photographs at twice their size, by the prior that the denoiser holds; no training of its own."""

from __future__ import annotations

from collections.abc import Generator
from functools import lru_cache

import numpy as np

from aecore.artifact import Progress, run_to_end
from aecore.errors import DataError
from aecore.photos.restorer import Restorer, put_tile, without
from aecore.photos.tiles import Tile, tiles
from aecore.photos.values import check_photo, n_colours_of, to_unit

N_STEPS = 8
_SIGMAS = (0.3, 0.03)
"""Noise that is added before each step, from first to last, shares of white."""
_TILE_PX = 384
"""Of the picture as it came."""
_MARGIN_PX = 24
_PATTERN_PX = 509
_CUBIC = -0.5
_MAX_PX = 64_000_000


def enlarging(
    x: np.ndarray, restorer: Restorer, *, n_steps: int = N_STEPS, seed: int = 0
) -> Generator[Progress, None, np.ndarray]:
    """Twice the width and height, true to the picture: scaled down, it is the picture again.

    Noise is added to what there is and the network takes it away, less each time; after each step
    what scaling down would not give back is put right, by the least change that does
    (Kadkhodaie & Simoncelli 2021, NeurIPS, arXiv:2007.13640; plug-and-play as in Zhang et al. 2021,
    IEEE TPAMI, arXiv:2008.13751). Scaling down is by Keys' cubic (1981, IEEE TASSP 29), stretched
    so that nothing is folded back, as Pillow does it. Alpha is enlarged by that cubic alone.

    Parameters
    ----------
    x
        `(C, H, W)`, as `aecore.photos.restorer.restore` takes it, without noise worth keeping.
    n_steps
        Steps, each of two passes over the enlarged picture.
    seed
        Decides the noise.

    Yields
    ------
    Progress
        In steps of tiles; closing the generator cancels.

    Returns
    -------
    np.ndarray
        `(C, 2 H, 2 W)`, of the type of `x`.

    Raises
    ------
    DataError
        If this is no such picture, or the result would be too large.
    """
    check_photo(x)
    C, H, W = x.shape
    if 4 * H * W > _MAX_PX:
        raise DataError(
            "At twice its size this picture has {megabytes:.0f} million pixels.",
            "Use one of {max_px} million pixels or fewer.",
            megabytes=4 * H * W / 1e6,
            max_px=_MAX_PX // 4_000_000,
        )
    n_colours, rng = n_colours_of(x), np.random.default_rng(seed)
    pattern = rng.standard_normal((n_colours, _PATTERN_PX, _PATTERN_PX), np.float32)
    large = np.empty((C, 2 * H, 2 * W), x.dtype)
    parts = list(tiles((H, W), _TILE_PX, _MARGIN_PX, restorer.net.multiple_px))
    n_total, n_done = n_steps * len(parts), 0
    yield Progress("enlarging", 0, n_total)
    for part in parts:
        down = _Down(part.seen_of(x).shape[1:])
        small = to_unit(part.seen_of(x))
        found = down.up(small)
        for sigma in np.geomspace(*_SIGMAS, n_steps):
            noise = np.float32(sigma) * _seen_of(pattern, _twice(part))
            found = down.true_to(small, without(noise, found, restorer))
            n_done += 1
            yield Progress("enlarging", n_done, n_total)
        put_tile(large, _twice(part), found)
        if n_colours < C:
            alpha = down.up(to_unit(part.seen_of(x[n_colours:])))
            put_tile(large[n_colours:], _twice(part), alpha)
    return large


def enlarge(x: np.ndarray, restorer: Restorer, *, seed: int = 0) -> np.ndarray:
    """As `enlarging`, without telling how far it is."""
    return run_to_end(enlarging(x, restorer, seed=seed))


def halved(x: np.ndarray) -> np.ndarray:
    """A picture at half its size, as `enlarging` takes it to have become so.

    Parameters
    ----------
    x
        Floats `(C, 2 H, 2 W)`.
    """
    _C, H, W = x.shape
    return _Down((H // 2, W // 2)).down(x)


def _twice(part: Tile) -> Tile:
    """The same tile of the enlarged picture."""
    four = (part.rows, part.columns, part.seen_rows, part.seen_columns)
    return Tile(*(slice(2 * along.start, 2 * along.stop) for along in four))


def _seen_of(pattern: np.ndarray, part: Tile) -> np.ndarray:
    """What a tile sees of a square that is repeated all over: neighbours see the same of it."""
    rows, columns = (
        np.arange(seen.start, seen.stop) % _PATTERN_PX
        for seen in (part.seen_rows, part.seen_columns)
    )
    return pattern[:, rows[:, None], columns]


class _Down:
    """Scaling to half, and what belongs to it, for pictures that are `(H, W)` after it."""

    def __init__(self, size_px: tuple[int, ...]) -> None:
        self.rows, self.columns = (_halving(n) for n in size_px)
        self.rows_up, self.columns_up = (_doubling(n) for n in size_px)
        self.rows_back, self.columns_back = (_back(n) for n in size_px)

    def down(self, x: np.ndarray) -> np.ndarray:
        """`(C, 2 H, 2 W)` to `(C, H, W)`."""
        return np.asarray(self.rows @ x @ self.columns.T)

    def up(self, x: np.ndarray) -> np.ndarray:
        """`(C, H, W)` to `(C, 2 H, 2 W)`, by cubic interpolation."""
        return np.asarray(self.rows_up @ x @ self.columns_up.T)

    def true_to(self, small: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The nearest to `x` that scaled down is `small`."""
        return np.asarray(x + self.rows_back @ (small - self.down(x)) @ self.columns_back.T)


def _keys(t: np.ndarray) -> np.ndarray:
    """Keys' cubic at distances in pixels."""
    t = np.abs(t)
    near = (_CUBIC + 2) * t**3 - (_CUBIC + 3) * t**2 + 1
    far = _CUBIC * (t**3 - 5 * t**2 + 8 * t - 4)
    return np.asarray(np.where(t < 1, near, np.where(t < 2, far, 0.0)))


@lru_cache(maxsize=8)
def _halving(n: int) -> np.ndarray:
    """`(n, 2 n)`: each pixel a mean of eight."""
    centres, places = 2 * np.arange(n) + 1, np.arange(2 * n) + 0.5
    weights = _keys((places - centres[:, None]) / 2)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


@lru_cache(maxsize=8)
def _doubling(n: int) -> np.ndarray:
    """`(2 n, n)`: each pixel from four."""
    centres, places = (np.arange(2 * n) + 0.5) / 2, np.arange(n) + 0.5
    weights = _keys(places - centres[:, None])
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


@lru_cache(maxsize=8)
def _back(n: int) -> np.ndarray:
    """The pseudo-inverse of `_halving`, `(2 n, n)`."""
    return np.linalg.pinv(_halving(n).astype(np.float64)).astype(np.float32)
