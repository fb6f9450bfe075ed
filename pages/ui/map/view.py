"""A map large, and what is selected on it beside it; a selection runs nothing but this."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from aecore.data.samples import PARTS, SampleSet
from aecore.figures.scatter import Colouring, as_text, map_figure
from aecore.figures.selection import selected_places, selection_from_text, selection_of
from pages.ui import errors, thumbnails, url_state
from pages.ui.map import direction, groups, plane, selection, server_decode, state
from pages.ui.map import path as map_path
from pages.ui.map.interactive import begin_with, living_map, sent, sent_path, without_hidden

if TYPE_CHECKING:
    from aecore.export.living import Living
    from aecore.export.portable import PortableDecoder
    from aecore.export.thumbnails import Sheet
    from aecore.maps.latent_map import LatentMap
    from aecore.maps.trust import Trust
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
    trust: Trust | None = None
    own_picture: np.ndarray | None = None
    """The own picture itself, uint8 `(C, H, W)`."""

    @property
    def is_flat(self) -> bool:
        """Whether outlines can be drawn on it."""
        return self.map.positions.shape[1] == 2


def view(seen: Seen) -> None:
    """The map and, beside it, the pictures of what is selected."""
    _forget_other_maps(seen)
    state.begin()
    _view(seen)
    if seen.is_flat and seen.samples.is_pictures:
        server_decode.answers(seen)


@st.fragment
def _view(seen: Seen) -> None:
    left, right = st.columns([2, 1], gap="medium")
    with left:
        if seen.is_flat:
            living_map(_message(seen), key=CHART, on_select=partial(_marked, seen), on_path=_drew)
            st.caption(
                "Point at a place to see what the model makes of it, and what lies there. Draw "
                "around points, or click one, to select; Ctrl and a click add one more. The "
                "wheel zooms, and near by points become their pictures. A double click takes a "
                "selection back."
            )
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


def _turned(seen: Seen) -> None:
    """A map in three dimensions, by Plotly."""
    st.plotly_chart(
        _figure(seen),
        key=turned_key(),
        on_select=_picked,
        selection_mode=("points",),
        width="stretch",
        height=HEIGHT_PX,
        config=_CONFIG,
        alt=_label(seen),
    )
    st.caption(
        "Drag to turn, scroll to zoom; point at one to see its name. Box and lasso work "
        "on flat maps only: Plotly's three-dimensional chart has none."
    )


def turned_key() -> str:
    """Another after the selection was cleared, so that the chart forgets it too."""
    return f"{CHART}3.{state.anew()}"


def _label(seen: Seen) -> str:
    return f"Map of the codes of {len(seen.map):,} samples, coloured by {seen.colour_name}"


def places(seen: Seen) -> np.ndarray:
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


def _marked(seen: Seen) -> None:
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


def _forget_other_maps(seen: Seen) -> None:
    """An outline belongs to the map it was drawn on: on another it would hold others."""
    if st.session_state.setdefault("map.of", seen.map.key) != seen.map.key:
        st.session_state["map.of"] = seen.map.key
        url_state.write(state.SELECTION, "")
        url_state.write(state.PATH, "")


def _message(seen: Seen) -> bytes:
    """What the component gets: the same bytes until something but the selection changes.

    Unchanged bytes are not sent again; so the outline it begins with is that of the moment when
    the page was last drawn as a whole.
    """
    begun, round_, path = state.selection(), state.anew(), state.path()
    own = [] if seen.own is None else seen.own.astype(float).round(6).tolist()
    trust = seen.trust is not None
    arrow = groups.arrow(seen)
    sheet = living(seen).sheet
    fetched = thumbnails.addresses(sheet) if sheet else None
    what = (
        f"{seen.map.key} {seen.colour_name} {own} {trust} {round_} {begun} {path} {arrow} {fetched}"
    )
    more = {
        "sheets": fetched,
        "height": HEIGHT_PX - (185 if seen.map.spec.through else 100),  # the three stand above
        "label": _label(seen),
        "own": own,
        "served": True,
        "round": round_,
        "path": path,
        "arrow": arrow,
        "paths": seen.samples.is_pictures,
        "selection": begin_with(selection_from_text(begun)),
        "rev": hashlib.sha256(what.encode()).hexdigest()[:16],
    }
    return _packed(what, seen, more)


@st.cache_resource(max_entries=8, show_spinner=False)
def _packed(what: str, _seen: Seen, _more: dict[str, Any]) -> bytes:
    """`what` names all that the message depends on."""
    return living(_seen).message(**_more)


def living(seen: Seen) -> Living:
    """The map with its thumbnails and its decoder."""
    from aecore.export.living import Living

    if not seen.samples.is_pictures:
        return Living(seen.map, seen.samples, seen.colour)
    codes = seen.map.codes
    return Living(
        seen.map,
        seen.samples,
        seen.colour,
        sheet=_sheet(codes.key, seen),
        decoder=_decoder(f"{seen.run.key} {seen.run.epochs}", seen),
        trust=seen.trust,
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _sheet(codes_key: str, _seen: Seen) -> Sheet:
    from aecore.export.thumbnails import sheet_of

    return sheet_of(_seen.samples, _seen.map.codes.rows)


@st.cache_resource(max_entries=8, show_spinner=False)
def _decoder(run_at: str, _seen: Seen) -> PortableDecoder:
    from aecore.export.portable import portable

    return portable(_seen.run, _seen.map.codes.z)


def _figure(seen: Seen) -> Any:
    """The figure in three dimensions, the same object until something but the selection changes."""
    own = b"" if seen.own is None else seen.own.astype(np.float32).tobytes()
    what = f"{seen.map.key} {seen.colour_name} {hashlib.sha256(own).hexdigest()}"
    return _drawn(what, seen)


@st.cache_resource(max_entries=12, show_spinner=False)
def _drawn(what: str, _seen: Seen) -> Any:
    """`what` names all that the figure depends on."""
    return map_figure(
        _seen.map.positions,
        axes=_seen.map.axes,
        colour=_seen.colour,
        names=names(_seen),
        own=_seen.own,
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
