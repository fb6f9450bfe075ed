"""The server decodes a place of the map: rows, and pictures whose decoder is too much for a
browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from aecore.data.row_values import column_names, errors_by_column, in_own_units
from aecore.figures.pictures import as_rgb
from pages.ui import errors
from pages.ui.components import component, pack
from pages.ui.map.context import MapContext
from pages.ui.rows import shown

KEY = "map.server"
_LARGEST = 1e9
N_LINES = 9
"""Columns of a decoded row that are named."""


@st.fragment
def answers(seen: MapContext) -> None:
    """Decode the place that the map asked for last; nothing but this runs for it."""
    with errors.shown():
        component("map_server")(
            key=KEY, data=answer(seen, st.session_state.get(KEY)), on_place_change=_noted
        )


def answer(seen: MapContext, state: Any) -> bytes:
    """The picture or the row of a place, packed for the map; nothing where none was asked for.

    Parameters
    ----------
    state
        What the browser sent: check it.
    """
    from aecore.maps.inverse import inverse_of

    asked = state.get("place") if isinstance(state, Mapping) else None
    if not isinstance(asked, Mapping) or asked.get("key") != seen.map.key:
        return b""
    place = [asked.get("x"), asked.get("y")]
    if not all(isinstance(v, int | float) and abs(v) < _LARGEST for v in place):
        return b""
    z = inverse_of(seen.map).codes_at(np.array([place], float))
    x_hat, about = seen.run.decode(z), {"id": str(asked.get("id"))[:40]}
    if not seen.samples.is_pictures:
        return pack({**about, "lines": row_lines(seen, x_hat)}, {})
    rgb = as_rgb(x_hat)[0]  # (H, W, 3)
    return pack({**about, "shape": rgb.shape[:2]}, {"rgb": rgb})


def row_lines(seen: MapContext, x_hat: np.ndarray) -> list[str]:
    """A decoded row `(1, F)` in a few lines: of counts what is most likely; of other rows the
    columns that are furthest from their mean, in the table's own units."""
    samples = seen.samples
    names = column_names(samples)
    if samples.is_sparse:
        order = np.argsort(-x_hat[0], kind="stable")[:N_LINES]
        is_chance = seen.run.model.has_softmax_output
        return [
            f"{names[i]}: {100 * x_hat[0, i]:.1f} %"
            if is_chance
            else f"{names[i]}: {x_hat[0, i]:.3g}"
            for i in order
        ]
    mean = samples.to_display(samples.mean_sample()[None])
    order = np.argsort(-errors_by_column(samples, mean, x_hat)[0], kind="stable")[:N_LINES]
    cells = in_own_units(samples, x_hat)
    return [f"{names[i]}: {shown(cells[names[i]][0], digits=4)}" for i in order]


def _noted() -> None:
    """The place is read from the state."""
