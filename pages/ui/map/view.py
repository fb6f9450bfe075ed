"""A map large, and what is selected on it beside it; a selection runs nothing but this."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from aecore.figures.scatter import map_figure
from aecore.figures.selection import selected_places, selection_from_text, selection_of
from pages.ui import errors, url_state
from pages.ui.map import direction, plane, selection, server_decode, state
from pages.ui.map import path as map_path
from pages.ui.map.context import HEIGHT_PX, MapContext, label, names
from pages.ui.map.interactive import interactive_map, sent, sent_path, without_hidden
from pages.ui.map.payload import message
from pages.ui.translation import _, language, mark

CHART = "map.chart"
_ROWS = mark(
    "Point at a position to see what the model decodes there: the columns furthest from their "
    "mean, or what is most likely. Draw around points, or click one, to select; Ctrl and a click "
    "add one. The wheel zooms. A double click clears the selection."
)
_PICTURES = mark(
    "Point at a position to see what the model decodes there, and the nearest sample. Draw around "
    "points, or click one, to select; Ctrl and a click add one. The wheel zooms; close up, points "
    "become their pictures. A double click clears the selection."
)
_CONFIG = {
    "displaylogo": False,
    "displayModeBar": True,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["toImage", "autoScale2d", "hoverClosest3d", "tableRotation"],
}


def view(seen: MapContext) -> None:
    """The map and, beside it, the pictures of what is selected."""
    _forget_other_maps(seen)
    state.begin()
    _view(seen)
    if seen.is_flat:
        server_decode.answers(seen)


@st.fragment
def _view(seen: MapContext) -> None:
    left, right = st.columns([2, 1], gap="medium")
    with left:
        if seen.is_flat:
            interactive_map(
                message(seen), key=CHART, on_select=partial(_marked, seen), on_path=_drew
            )
            st.caption(_PICTURES if seen.samples.is_pictures else _ROWS)
        else:
            _turned(seen)
    with right, errors.shown():
        plane.offer(seen, places(seen))
        selection.panel(seen, places(seen), clear=partial(state.clear, state.SELECTION))
    if seen.is_flat and seen.samples.is_pictures:
        with errors.shown():
            map_path.panel(seen)
    if seen.samples.is_pictures:
        with errors.shown():
            direction.panel(seen)


def _turned(seen: MapContext) -> None:
    """A map in three dimensions, by Plotly."""
    st.plotly_chart(
        _figure(seen),
        key=turned_key(),
        on_select=_picked,
        selection_mode=("points",),
        width="stretch",
        height=HEIGHT_PX,
        config=_CONFIG,
        alt=label(seen),
    )
    st.caption(
        _(
            "Drag to rotate, scroll to zoom, point at a sample to see its name. Box and lasso work "
            "on 2-D maps only."
        )
    )


def turned_key() -> str:
    """Another after the selection was cleared, so that the chart forgets it too."""
    return f"{CHART}3.{state.anew()}"


def places(seen: MapContext) -> np.ndarray:
    """Places in the codes of what is selected, int64, sorted.

    What a hand marked is taken without the classes that were hidden then; a link's outline is
    looked up on the map.
    """
    text = url_state.read(state.SELECTION)
    if not text:
        return np.arange(0)
    named = st.session_state.get("map.named")
    if named is not None and named[0] == text:
        found: np.ndarray = named[1]
        return found[found < len(seen.map)]
    return selection_from_text(text).places(seen.map.positions)


def _marked(seen: MapContext) -> None:
    event = sent(CHART)
    chosen = selection_of(event)
    held = without_hidden(chosen.places(seen.map.positions), event, seen.colour)
    text = chosen.to_text()
    st.session_state["map.named"] = (text, held)
    url_state.write(state.SELECTION, text)


def _drew() -> None:
    url_state.write(state.PATH, sent_path(CHART))


def _picked() -> None:
    event = st.session_state[turned_key()]
    text = selection_of(event).to_text()
    st.session_state["map.named"] = (text, selected_places(event))
    url_state.write(state.SELECTION, text)


def _forget_other_maps(seen: MapContext) -> None:
    """An outline belongs to the map it was drawn on: on another it would hold others."""
    if st.session_state.setdefault("map.of", seen.map.key) != seen.map.key:
        st.session_state["map.of"] = seen.map.key
        url_state.write(state.SELECTION, "")
        url_state.write(state.PATH, "")


def _figure(seen: MapContext) -> Any:
    """The figure in three dimensions, the same object until something but the selection changes."""
    own = b"" if seen.own is None else seen.own.astype(np.float32).tobytes()
    what = f"{language()} {seen.map.key} {seen.colour_name} {hashlib.sha256(own).hexdigest()}"
    return _drawn(what, seen)


@st.cache_resource(max_entries=12, show_spinner=False)
def _drawn(what: str, _seen: MapContext) -> Any:
    """`what` names all that the figure depends on."""
    return map_figure(
        _seen.map.positions,
        axes=[_(axis) for axis in _seen.map.axes],
        colour=_seen.colour,
        names=names(_seen),
        own=_seen.own,
        ticks=_seen.map.linear is not None,
        height_px=HEIGHT_PX,
        say=_,
    )
