"""Fine regular textures by formula: meshes, halftone, fabric; clean, though noise is as fine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def _wave(t: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 + 0.5 * np.cos(2 * np.pi * t))


def _step(t: np.ndarray, share: float = 0.5) -> np.ndarray:
    """1 in the first share of each period; edges are a tenth of a period wide, as of a lens."""
    return np.asarray(np.clip((_wave(t) - 0.5 - 0.5 * np.cos(np.pi * share)) * 5 + 0.5, 0, 1))


def _dots(u: np.ndarray, v: np.ndarray, radius: float) -> np.ndarray:
    away = np.hypot(u - np.rint(u), v - np.rint(v))
    return np.asarray(np.clip((radius - away) * 8 + 0.5, 0, 1))


def _hex(u: np.ndarray, v: np.ndarray, radius: float) -> np.ndarray:
    rows = v / (np.sqrt(3) / 2)
    both = (_dots(u, rows / 2, radius), _dots(u + 0.5, rows / 2 + 0.5, radius))
    return np.asarray(np.maximum(*both))


def _twill(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.asarray(_step(u + np.floor(v * 4) / 4) * (0.7 + 0.3 * _wave(4 * v)))


def _plain_weave(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    over = (np.floor(u) + np.floor(v)) % 2
    return np.asarray(over * _wave(v + 0.5) + (1 - over) * _wave(u + 0.5))


def _basket(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    over = (np.floor(u) + np.floor(v)) % 2
    return np.asarray(over * _wave(3 * v) + (1 - over) * _wave(3 * u))


def _knit(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return _wave(v + 0.35 * np.abs(2 * (u - np.floor(u)) - 1))


def _bricks(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    row = np.floor(v)
    return np.asarray(np.minimum(_step(v, 0.8), _step(u / 2 + 0.5 * (row % 2), 0.9)))


PATTERNS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "lines": lambda u, v: _step(u),
    "pinstripe": lambda u, v: _step(u, 0.2),
    "corduroy": lambda u, v: _wave(u) * (0.85 + 0.15 * _wave(3 * v)),
    "square mesh": lambda u, v: np.maximum(_step(u, 0.3), _step(v, 0.3)),
    "soft mesh": lambda u, v: 0.5 * (_wave(u) + _wave(v)),
    "diagonal mesh": lambda u, v: np.maximum(_step(u + v, 0.3), _step(u - v, 0.3)),
    "triangle mesh": lambda u, v: (
        (_wave(u) + _wave(u / 2 + 0.87 * v) + _wave(u / 2 - 0.87 * v)) / 3
    ),
    "honeycomb": lambda u, v: 1 - _hex(u, v, 0.38),
    "perforated sheet": lambda u, v: _dots(u, v, 0.3),
    "halftone light": lambda u, v: _hex(u, v, 0.22),
    "halftone dark": lambda u, v: 1 - _dots(u + v, u - v, 0.3),
    "halftone ramp": lambda u, v: np.clip(
        (_wave(u) + _wave(v)) * 2 - 1.5 + 0.5 * np.sin(0.3 * u), 0, 1
    ),
    "checks": lambda u, v: (_step(u) + _step(v)) % 1.999,
    "gingham": lambda u, v: 0.5 * (_step(u) + _step(v)),
    "plain weave": _plain_weave,
    "twill": _twill,
    "herringbone": lambda u, v: _step(u + np.abs(2 * (v / 4 - np.floor(v / 4)) - 1)),
    "basket weave": _basket,
    "knit": _knit,
    "bricks": _bricks,
}
"""Name to values in [0, 1] of coordinates in periods."""


def texture(name: str, side_px: int, rng: np.random.Generator) -> np.ndarray:
    """One pattern with a period, direction and two colours by chance.

    Parameters
    ----------
    name
        Of `PATTERNS`.

    Returns
    -------
    np.ndarray
        float32 `(3, side, side)` in [0, 1]; the period is 2.5 to 12 px, the light changes slowly.
    """
    period = float(np.exp(rng.uniform(np.log(2.5), np.log(12.0))))
    angle = rng.uniform(0, np.pi)
    bend = rng.uniform(0, 1.5)
    y, x = np.mgrid[:side_px, :side_px].astype(np.float64)
    slow = 2 * np.pi * rng.uniform(0.2, 1.0) / side_px
    along = (np.cos(angle) * x + np.sin(angle) * y) / period + bend * np.sin(slow * y)
    across = (np.cos(angle) * y - np.sin(angle) * x) / period
    mask = PATTERNS[name](along + rng.random(), across + rng.random())
    low, high = rng.uniform(0.02, 0.95, (2, 3, 1, 1))
    if rng.random() < 0.5:  # one colour, lighter and darker
        high = np.clip(low * rng.uniform(0.4, 1.8), 0, 1)
    light = 1 - rng.uniform(0, 0.4) * (0.5 + 0.5 * np.sin(slow * x + rng.uniform(0, 6)))
    return np.asarray(np.clip((low + (high - low) * mask) * light, 0, 1), np.float32)
