"""The map that answers: mounted with what the library packed, and what a hand marked on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st

from aecore.figures.scatter import Colouring, Groups
from aecore.figures.selection import Selection
from pages.ui.components import component


def interactive_map(
    message: bytes, *, key: str, on_select: Callable[[], None], on_path: Callable[[], None]
) -> None:
    """Draw it.

    Parameters
    ----------
    on_select
        Called when something was marked or taken back.
    on_path
        Called when a path was drawn.
    """
    component("interactive_map")(
        key=key, data=message, on_selection_change=on_select, on_path_change=on_path
    )


def sent(key: str) -> Mapping[str, Any]:
    """What the browser said last of the selection; from a browser: check it."""
    event = _state(key, "selection")
    return event if isinstance(event, Mapping) else {}


def sent_path(key: str) -> str:
    """The path that was drawn last, as a link holds it; from a browser: check it."""
    ends = _state(key, "path")
    if not isinstance(ends, list) or len(ends) != 4:
        return ""
    return ",".join(f"{end:.5g}" for end in ends if isinstance(end, int | float))


def _state(key: str, name: str) -> Any:
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, Mapping) else None


def begin_with(selection: Selection) -> dict[str, Any]:
    """A selection as the component is told it."""
    shapes = []
    for shape in selection.shapes:
        x, y = shape.corners.T.tolist()
        shapes.append({"kind": shape.kind, "x": x, "y": y})
    return {"shapes": shapes, "points": list(selection.points)}


def without_hidden(
    places: np.ndarray, event: Mapping[str, Any], colour: Colouring | None
) -> np.ndarray:
    """Places of those selected that were not hidden by the legend when they were."""
    hidden = event.get("hidden")
    if not isinstance(colour, Groups) or not isinstance(hidden, list):
        return places
    known = [group for group in hidden[:1000] if isinstance(group, int)]
    index = np.where(colour.index >= len(colour.names), -1, colour.index)
    return places[~np.isin(index[places], known)]
