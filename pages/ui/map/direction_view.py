"""A picture moved along a direction: mounted, with all the places that its slider goes through."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from aecore.figures.pictures import as_rgb, mosaic, to_png
from pages.ui.components import component, pack

N_STOPS = 7
"""Pictures of the strip."""
_N_PIXELS = 4_000_000
"""Of all places together, at the most: so much travels to the browser."""


@dataclass(frozen=True)
class Mark:
    """A place along the direction, in standard deviations, and what lies there."""

    name: str
    at: float
    is_own: bool = False


def n_places(height_px: int, width_px: int) -> int:
    """Places that the slider goes through: as many between two pictures of the strip as it may.

    Examples
    --------
    >>> n_places(28, 28), n_places(512, 512)
    (61, 13)
    """
    fitting = _N_PIXELS // max(1, height_px * width_px)
    between = min(10, max(1, (fitting - 1) // (N_STOPS - 1)))
    return between * (N_STOPS - 1) + 1


def direction_view(
    pictures: np.ndarray,
    places: np.ndarray,
    marks: Sequence[Mark],
    *,
    of: str,
    at: float,
    label: str,
    key: str,
    on_at: Callable[[], None],
) -> None:
    """Draw it.

    Parameters
    ----------
    pictures
        uint8 `(n, C, H, W)`, the picture at each place; n as `n_places` says.
    places
        `(n,)`, rising, in standard deviations.
    of
        What is moved along what: while it is the same, the slider stays where a hand left it.
    at
        Where the slider begins.
    on_at
        Called when the slider was let go.
    """
    data = message(pictures, places, marks, of=of, at=at, label=label)
    component("direction_view")(key=key, data=data, on_at_change=on_at)


def message(
    pictures: np.ndarray,
    places: np.ndarray,
    marks: Sequence[Mark],
    *,
    of: str,
    at: float,
    label: str,
) -> bytes:
    """What the browser gets: one PNG with the picture at every place."""
    rgb = as_rgb(pictures)
    n = len(rgb)
    columns = max(1, math.isqrt(n))
    sheet = to_png(mosaic(rgb, columns))
    head = {
        "n": n,
        "tile": list(rgb.shape[1:3]),
        "sheet_columns": columns,
        "places": np.asarray(places, float).round(4).tolist(),
        "stops": list(range(0, n, (n - 1) // (N_STOPS - 1))),
        "marks": [{"name": mark.name, "at": mark.at, "own": mark.is_own} for mark in marks],
        "of": of,
        "at": at,
        "label": label,
        "rev": hashlib.sha256(sheet).hexdigest()[:16],
    }
    return pack(head, {"sheet": sheet})


def sent_at(key: str) -> float | None:
    """Where the slider was let go last; from a browser: it may lie anywhere."""
    state: Any = st.session_state.get(key)
    at = state.get("at") if isinstance(state, Mapping) else None
    if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at):
        return None
    return float(at)
