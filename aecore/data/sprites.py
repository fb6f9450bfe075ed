"""Sprites drawn by us: a square, ellipse or heart whose scale, turn and place are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from aecore.artifact import Progress

SHAPES = ("square", "ellipse", "heart")
SCALES = np.linspace(0.5, 1.0, 6, dtype=np.float32)
N_ROTATIONS = 40
N_PLACES = 32
N_COMBINATIONS = len(SHAPES) * len(SCALES) * N_ROTATIONS * N_PLACES**2
"""737,280, as in dSprites (Matthey et al. 2017)."""
N_DIFFERENT = N_COMBINATIONS * (1 + 2 + 4) // 12
"""430,080 that can be told apart: a square looks the same after a quarter of a turn, an ellipse
after half of one."""

_MARGIN = 0.25
"""Distance of the outermost centres from the edge, in picture widths: no sprite is cut off."""


def factors(n_samples: int, seed: int) -> dict[str, np.ndarray]:
    """Draw that many combinations, all equally likely, no two of which look the same.

    Returns
    -------
    dict
        float32 `(n_samples,)` each: `shape` (0 square, 1 ellipse, 2 heart), `scale` in
        [0.5, 1], `rotation` in radians in [0, 2π), counter-clockwise as seen, `x` and `y` in
        [0, 1], from the left and from the top.
    """
    sides = (len(SHAPES), len(SCALES), N_ROTATIONS, N_PLACES, N_PLACES)
    order = np.random.default_rng(seed).permutation(N_COMBINATIONS)
    shape, scale, rotation, x, y = np.unravel_index(order, sides)
    seen_as = rotation % (N_ROTATIONS // np.array([4, 2, 1]))[shape]
    _, first = np.unique(
        np.ravel_multi_index((shape, scale, seen_as, x, y), sides), return_index=True
    )
    drawn = np.sort(first)[:n_samples]
    shape, scale, rotation, x, y = (known[drawn] for known in (shape, scale, rotation, x, y))
    return {
        "shape": shape.astype(np.float32),
        "scale": SCALES[scale],
        "rotation": (rotation * (2 * np.pi / N_ROTATIONS)).astype(np.float32),
        "x": (x / (N_PLACES - 1)).astype(np.float32),
        "y": (y / (N_PLACES - 1)).astype(np.float32),
    }


def draw(known: dict[str, np.ndarray], size_px: int = 64) -> np.ndarray:
    """Draw sprites, white on black, antialiased: uint8 `(n_samples, 1, size_px, size_px)`."""
    x = np.empty((len(known["shape"]), 1, size_px, size_px), np.uint8)
    for _ in drawing(known, x):
        pass
    return x


def drawing(known: dict[str, np.ndarray], x: np.ndarray, chunk: int = 64) -> Iterator[Progress]:
    """Draw sprites into `x`, yielding how far it is.

    A pixel's grey is the share of it that the sprite covers, which is taken from the signed
    distance of its centre to the outline: exact for a straight edge along the pixel grid, a few
    grey levels off along others, more in the one pixel of a corner.
    """
    size_px = x.shape[-1]
    ticks = (np.arange(size_px, dtype=np.float32) + 0.5) / size_px
    # A chunk holds one shape, so that each distance is worked out once a picture.
    order = np.argsort(known["shape"], kind="stable")
    n_done = 0
    for shape, distance in enumerate(_DISTANCES):
        mine = order[known["shape"][order] == shape]
        for start in range(0, len(mine), chunk):
            rows = mine[start : start + chunk]
            centre_x, centre_y = (
                (_MARGIN + (1 - 2 * _MARGIN) * known[axis][rows])[:, None, None] for axis in "xy"
            )
            cos = np.cos(known["rotation"][rows])[:, None, None]
            sin = np.sin(known["rotation"][rows])[:, None, None]
            scale = known["scale"][rows][:, None, None]
            right = ticks[None, None, :] - centre_x  # (n, 1, W)
            up = centre_y - ticks[None, :, None]  # (n, H, 1)
            u = (cos * right + sin * up) / scale  # (n, H, W)
            v = (cos * up - sin * right) / scale
            covered = np.clip(0.5 - distance(u, v) * (scale * size_px), 0, 1)
            x[rows, 0] = np.rint(covered * 255).astype(np.uint8)
            n_done += len(rows)
            yield Progress("drawing sprites", n_done, len(x))


# Signed distances to the outline at scale 1, negative inside, in picture widths. ----------


def _square(u: np.ndarray, v: np.ndarray, half: float = 0.16) -> np.ndarray:
    distance: np.ndarray = np.maximum(np.abs(u), np.abs(v)) - np.float32(half)
    return distance


def _ellipse(u: np.ndarray, v: np.ndarray, a: float = 0.23, b: float = 0.12) -> np.ndarray:
    """To first order: the value of the implicit form over its gradient's length."""
    level = np.hypot(u / np.float32(a), v / np.float32(b))
    slope = np.hypot(u / np.float32(a * a), v / np.float32(b * b))
    distance: np.ndarray = level * (level - 1) / np.maximum(slope, np.float32(1e-6))
    return distance


def _heart(u: np.ndarray, v: np.ndarray, half: float = 0.11) -> np.ndarray:
    """A square on its corner, and a disc on each of its upper edges."""
    turn, r = np.float32(np.sqrt(0.5)), np.float32(half)
    v = v + np.float32(0.2) * r  # the middle of its height, not of the square's
    p, q = turn * (u + v), turn * (v - u)  # along the two upper edges
    body = np.maximum(np.abs(p), np.abs(q)) - r
    discs = np.minimum(np.hypot(p - r, q), np.hypot(p, q - r)) - r
    distance: np.ndarray = np.minimum(body, discs)
    return distance


_DISTANCES: tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], ...] = (_square, _ellipse, _heart)
