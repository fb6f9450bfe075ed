"""The server decodes a place of the map, where the decoder is too large or slow for the browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from aecore.figures.pictures import as_rgb
from pages.ui import errors
from pages.ui.components import component, pack
from pages.ui.map.context import MapContext

KEY = "map.server"
_LARGEST = 1e9


@st.fragment
def answers(seen: MapContext) -> None:
    """Decode the place that the map asked for last; nothing but this runs for it."""
    with errors.shown():
        component("map_server")(
            key=KEY, data=answer(seen, st.session_state.get(KEY)), on_place_change=_noted
        )


def answer(seen: MapContext, state: Any) -> bytes:
    """The picture of a place, packed for the map; nothing where none was asked for.

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
    rgb = as_rgb(seen.run.decode(z))[0]  # (H, W, 3)
    return pack({"id": str(asked.get("id"))[:40], "shape": rgb.shape[:2]}, {"rgb": rgb})


def _noted() -> None:
    """The place is read from the state."""
