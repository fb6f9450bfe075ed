"""The colours of everything that is drawn: classes, a map for errors, one for signed values."""

from __future__ import annotations

from functools import cache

import numpy as np

CLASS_COLOURS: tuple[str, ...] = (
    # Okabe and Ito (2008), "Color Universal Design": seven that colour-blind people can tell
    # apart. Their eighth, black, gives way to a grey that shows on a light and a dark page.
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#F0E442",
    "#7A8288",
    # Glasbey et al. (2007), doi:10.1002/col.20327: each the farthest in CIELAB from all before
    # it, of lightness 42 to 80 and chroma 22 to 72, so that each shows on both themes.
    "#784BC3",
    "#69690F",
    "#D21E4B",
    "#F0B487",
    "#78D25A",
    "#B4A5FF",
    "#965A4B",
    "#C31E87",
    "#B4C378",
    "#96D2C3",
    "#00780F",
    "#F087FF",
    "#FF8787",
    "#0087FF",
    "#00E196",
    "#965A0F",
    "#785A96",
    "#87A500",
    "#0F8787",
    "#69875A",
)
UNLABELLED = "#9AA3A8"
"""Colour of a sample without a label."""

# CIELAB lightness rises from 4 to 96 in equal steps while the hue turns from blue over violet
# and red to yellow, so that a larger error is lighter in grey print too.
_SEQUENTIAL_STOPS = (
    "#070E1A",
    "#03245A",
    "#4B2C87",
    "#982991",
    "#DD277E",
    "#FF5763",
    "#FF945E",
    "#FFC668",
    "#FFF3BA",
)

# From blue (negative) over a light grey (0) to rust (positive), a pair that colour-blind people
# tell apart; CIELAB lightness is 30, 46, 63, 80 on both sides and 95 in the middle, so that
# equal values of both signs stand out equally, and grey print shows the size.
_DIVERGING_STOPS = (
    "#004C6F",
    "#0074A7",
    "#37A1DD",
    "#A6CBEA",
    "#F3F3F3",
    "#E9BDAB",
    "#D38565",
    "#AC5430",
    "#793012",
)


def to_rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue in [0, 255] of a `#RRGGBB` colour.

    Examples
    --------
    >>> to_rgb("#0072B2")
    (0, 114, 178)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def class_colours(n_classes: int) -> list[str]:
    """One colour a class; after the 28th they begin again.

    Examples
    --------
    >>> class_colours(2)
    ['#0072B2', '#D55E00']
    """
    return [CLASS_COLOURS[i % len(CLASS_COLOURS)] for i in range(n_classes)]


@cache
def sequential_table() -> np.ndarray:
    """The sequential map, uint8 `(256, 3)`, dark (nothing) to light (much)."""
    return _table(_SEQUENTIAL_STOPS, 256)


def _table(colours: tuple[str, ...], n: int) -> np.ndarray:
    """Colours in between, uint8 `(n, 3)`; not to be written to."""
    stops = np.array([to_rgb(colour) for colour in colours], float)
    at = np.linspace(0, len(stops) - 1, n)
    table = np.stack([np.interp(at, np.arange(len(stops)), stops[:, c]) for c in range(3)], axis=1)
    result: np.ndarray = np.rint(table).astype(np.uint8)
    result.flags.writeable = False
    return result


def sequential(share: np.ndarray) -> np.ndarray:
    """Colours of values in [0, 1] (clipped; NaN is dark): `(...)` to uint8 `(..., 3)`."""
    level = np.rint(np.clip(np.nan_to_num(share), 0.0, 1.0) * 255).astype(np.uint8)
    colours: np.ndarray = sequential_table()[level]
    return colours


def sequential_scale() -> list[tuple[float, str]]:
    """The same map as a plotly colour scale."""
    steps = np.linspace(0, 1, len(_SEQUENTIAL_STOPS))
    return [(float(at), stop) for at, stop in zip(steps, _SEQUENTIAL_STOPS, strict=True)]


@cache
def diverging_table() -> np.ndarray:
    """The diverging map, uint8 `(255, 3)`: negative, 0 (in the middle), positive."""
    return _table(_DIVERGING_STOPS, 255)


def diverging(share: np.ndarray) -> np.ndarray:
    """Colours of values in [-1, 1] (clipped; NaN as 0): `(...)` to uint8 `(..., 3)`."""
    level = np.rint(np.clip(np.nan_to_num(share), -1.0, 1.0) * 127).astype(np.int64) + 127
    colours: np.ndarray = diverging_table()[level]
    return colours


def diverging_scale() -> list[tuple[float, str]]:
    """The same map as a plotly colour scale."""
    steps = np.linspace(0, 1, len(_DIVERGING_STOPS))
    return [(float(at), stop) for at, stop in zip(steps, _DIVERGING_STOPS, strict=True)]
