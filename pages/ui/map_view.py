"""A map large, and what is selected on it beside it; a selection runs nothing but this."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from aecore.data.samples import PARTS, SampleSet
from aecore.figures.scatter import Colouring, as_text, map_figure
from aecore.figures.selection import selected_places, selection_from_text, selection_of
from pages.ui import link, map_selection, problems

if TYPE_CHECKING:
    from aecore.latent.maps import LatentMap
    from aecore.runs import OpenRun

HEIGHT_PX = 580
CHART = "map.chart"
_CONFIG = {
    "displaylogo": False,
    "displayModeBar": True,
    "scrollZoom": True,
    "modeBarButtonsToRemove": ["toImage", "autoScale2d", "hoverClosest3d", "tableRotation"],
}


@dataclass(frozen=True)
class Seen:
    """What the page looks at."""

    run: OpenRun
    samples: SampleSet
    map: LatentMap
    colour_name: str
    colour: Colouring | None
    own: np.ndarray | None = None
    """Positions of the own picture, `(1, 2)` or `(1, 3)`."""

    @property
    def is_flat(self) -> bool:
        """Whether outlines can be drawn on it."""
        return self.map.positions.shape[1] == 2


@st.fragment
def view(seen: Seen) -> None:
    """The chart and, beside it, the pictures of what is selected."""
    _forget_other_maps(seen)
    left, right = st.columns([2, 1], gap="medium")
    with left:
        n = len(seen.map)
        st.plotly_chart(
            _figure(seen),
            key=chart_key(),
            on_select=_selected,
            selection_mode=("points", "box", "lasso"),
            width="stretch",
            height=HEIGHT_PX,
            config=_CONFIG,
            alt=f"Map of the codes of {n:,} samples, coloured by {seen.colour_name}",
        )
        st.caption(
            "Draw around points with the lasso or the box (tools at the right); with the arrows, "
            "which move the map, a click picks one point. A double click takes it back."
            if seen.is_flat
            else "Drag to turn, scroll to zoom; point at one to see its name. Box and lasso work "
            "on flat maps only: Plotly's three-dimensional chart has none."
        )
    with right, problems.shown():
        map_selection.panel(seen, places(seen), clear=_clear)


def places(seen: Seen) -> np.ndarray:
    """Places in the codes of what is selected, int64, sorted.

    What the chart named is taken as it was, without the classes that are hidden; a link's
    outline is looked up on the map.
    """
    text = link.read("map.sel")
    if not text:
        return np.arange(0)
    named = st.session_state.get("map.named")
    if named is not None and named[0] == text:
        found: np.ndarray = named[1]
        return found[found < len(seen.map)]
    return selection_from_text(text).places(seen.map.positions)


def chart_key() -> str:
    """Another after the selection was cleared, so that the chart forgets it too."""
    return f"{CHART}{st.session_state.get('map.round', 0)}"


def _selected() -> None:
    event = st.session_state[chart_key()]
    text = selection_of(event).to_text()
    st.session_state["map.named"] = (text, selected_places(event))
    link.write("map.sel", text)


def _clear() -> None:
    st.session_state["map.round"] = st.session_state.get("map.round", 0) + 1
    link.write("map.sel", "")


def _forget_other_maps(seen: Seen) -> None:
    """An outline belongs to the map it was drawn on: on another it would hold others."""
    if st.session_state.setdefault("map.of", seen.map.key) != seen.map.key:
        st.session_state["map.of"] = seen.map.key
        link.write("map.sel", "")


def _figure(seen: Seen) -> Any:
    """The figure, the same object until something but the selection changes.

    An unchanged figure is not sent again, and keeps its zoom; so the outline it begins with is
    that of the moment when it was first drawn.
    """
    own = b"" if seen.own is None else seen.own.astype(np.float32).tobytes()
    what = f"{seen.map.key} {seen.colour_name} {chart_key()} {hashlib.sha256(own).hexdigest()}"
    drawn = st.session_state.get("map.drawn")
    if drawn is None or drawn[0] != what:
        drawn = (what, link.read("map.sel"))
        st.session_state["map.drawn"] = drawn
    return _drawn(f"{what} {drawn[1]}", seen, drawn[1])


@st.cache_resource(max_entries=12, show_spinner=False)
def _drawn(what: str, _seen: Seen, _selection: str) -> Any:
    """`what` names all that the figure depends on."""
    return map_figure(
        _seen.map.positions,
        axes=_seen.map.axes,
        colour=_seen.colour,
        names=names(_seen),
        own=_seen.own,
        selection=selection_from_text(_selection),
        ticks=_seen.map.linear is not None,
        height_px=HEIGHT_PX,
    )


def names(seen: Seen) -> list[str]:
    """What stands beside each point under the pointer."""
    samples, codes = seen.samples, seen.map.codes
    called = [
        as_text(samples.names[row].rsplit("/", 1)[-1]) if samples.names else f"#{row}"
        for row in codes.rows
    ]
    labels = np.full(len(codes), -1) if samples.labels is None else samples.labels[codes.rows]
    classes = [f"<br>class {as_text(samples.label_names[i])}" if i >= 0 else "" for i in labels]
    parts = [PARTS[i] for i in codes.part]
    lines = [
        f"<b>{name}</b>{of}<br>{part} part<br>error {error:.3g}"
        for name, of, part, error in zip(called, classes, parts, codes.error, strict=True)
    ]
    if seen.colour_name.startswith("dimension "):
        values = codes.z[:, int(seen.colour_name.split(" ")[1])]
        lines = [
            f"{line}<br>{seen.colour_name}: {value:.3g}"
            for line, value in zip(lines, values, strict=True)
        ]
    return lines
