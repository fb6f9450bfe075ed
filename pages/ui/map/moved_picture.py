"""A picture moved along a direction: which, how far, and as a strip to take away."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from aecore.figures.exports import gif, strip_png
from aecore.figures.selection import selection_from_text
from pages.ui import url_state
from pages.ui.map import state
from pages.ui.map.context import MapContext
from pages.ui.map.direction_view import N_STOPS, Mark, direction_view, n_places, sent_at
from pages.ui.map.groups import Group
from pages.ui.markdown import escape
from pages.ui.samples import captions
from pages.ui.translation import _

if TYPE_CHECKING:
    from aecore.latent.direction import Direction
    from aecore.runs import OpenRun

ROW, AT = "map.moved", "map.moved_to"
_SLIDER = "map.direction"
_N_NAME = 40


def panel(seen: MapContext, direction: Direction, one: Group, other: Group) -> None:
    """The picture's controls, the strip, and what it says."""
    _point_that_was_clicked(seen)
    _panel(seen, direction, one, other)


def clear() -> None:
    """Nothing is moved any more."""
    url_state.write(ROW, "")
    url_state.write(AT, "")


@st.fragment
def _panel(seen: MapContext, direction: Direction, one: Group, other: Group) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="map.moving"):
        name = st.text_input(
            _("Name of the direction"),
            placeholder=_("smile, slant, …"),
            max_chars=_N_NAME,
            key="map.direction_name",
            bind="query-params",
            width=260,
        )
        own_picture = seen.own_picture
        if own_picture is not None and not st.toggle(
            _("Move your own picture"), True, key="map.moved_own", bind="query-params"
        ):
            own_picture = None
        row = _row(seen, other, is_asked=own_picture is None)
        files = st.container(horizontal=True, width="content")
    x = np.asarray(seen.samples.x[row]) if own_picture is None else own_picture
    z = _encoded(f"{seen.run.key} {seen.run.epochs}", x, seen.run)
    places = direction.places(n_places(*seen.samples.shape[-2:]))
    moved = direction.moved(z, places)
    pictures = _decoded(f"{seen.run.key} {seen.run.epochs}", moved, seen.run)
    called = captions(seen.samples, np.array([row]))[0] if own_picture is None else _("your own")
    own = float(direction.at(z[None])[0])
    what = f"{seen.map.codes.key} {one.text} {other.text}"
    direction_view(
        pictures,
        places,
        [
            Mark(f"B {_short(other)}".strip(), direction.second),
            Mark(f"A {_short(one)}".strip(), direction.first),
            Mark(_("original ({called})", called=called[:30]), own, is_own=True),
        ],
        of=hashlib.sha256(what.encode()).hexdigest()[:16],
        at=_at(direction),
        label=_("Position along {name}, in standard deviations", name=name or _("the direction")),
        key=_SLIDER,
        on_at=_let_go,
    )
    words = _(
        "Standard deviations of all codes along the line from the mean of B to the mean of A. The "
        "picture's code moves along this line only. The range, {low} to {high}, is that of the "
        "data.",
        low=_signed(direction.low),
        high=_signed(direction.high),
    )
    st.caption(f"**{escape(name)}**: {words}" if name else words)
    strip = pictures[:: (len(pictures) - 1) // (N_STOPS - 1)]
    with files:
        _files(name or "direction", strip, pictures)


def _row(seen: MapContext, other: Group, *, is_asked: bool) -> int:
    """The picture that is moved, as a row of the set; the most typical of B to begin with."""
    from aecore.latent.groups import nearest

    n = len(seen.samples)
    row = url_state.number(ROW)
    if row is None or row >= n:
        z = seen.map.codes.z[other.places]
        row = int(seen.map.codes.rows[other.places[nearest(z, z.mean(0), 1)[0]]])
    if is_asked:
        st.number_input(
            _("Picture"),
            0,
            n - 1,
            width=170,
            help=_(
                "Sample number. You can also click a picture of a group, or a point on the map."
            ),
            **url_state.linked_widget(
                "map.moved_row", row, lambda row: url_state.write(ROW, str(row))
            ),
        )
    return row


def _let_go() -> None:
    at = sent_at(_SLIDER)
    if at is not None:
        url_state.write(AT, f"{at:.4g}")


def _at(direction: Direction) -> float:
    """Where the slider begins: at the address's place, else where group A lies."""
    try:
        asked = float(url_state.read(AT)[:20])
    except ValueError:
        asked = direction.first
    return float(np.clip(asked, direction.low, direction.high)) if np.isfinite(asked) else 0.0


def _point_that_was_clicked(seen: MapContext) -> None:
    """A point selected by itself is the picture that is moved, from when it is selected."""
    text = url_state.read(state.SELECTION)
    if text == st.session_state.get("map.moved_for"):
        return
    st.session_state["map.moved_for"] = text
    chosen = selection_from_text(text)
    if not chosen.shapes and len(chosen.points) == 1 and chosen.points[0] < len(seen.map):
        url_state.write(ROW, str(int(seen.map.codes.rows[chosen.points[0]])))


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _short(group: Group) -> str:
    return "" if group.is_marked else group.name[:24]


def _files(name: str, strip: np.ndarray, pictures: np.ndarray) -> None:
    """Buttons for a strip and a film; both pictures are uint8 `(n, C, H, W)`."""
    stem = "".join(sign if sign.isalnum() else "-" for sign in name)
    for kind, made, icon in (
        ("png", partial(strip_png, strip), "download"),
        ("gif", partial(gif, pictures[:: max(1, len(pictures) // 30)]), "movie"),
    ):
        st.download_button(
            kind.upper(),
            made,
            file_name=f"{stem}.{kind}",
            mime=f"image/{kind}",
            key=f"map.direction_{kind}",
            icon=f":material/{icon}:",
            on_click="ignore",
        )


@st.cache_data(max_entries=64, show_spinner=False)
def _encoded(run_at: str, x: np.ndarray, _run: OpenRun) -> np.ndarray:
    found: np.ndarray = _run.encode(x[None])[0]
    return found


@st.cache_data(max_entries=32, max_size="100MB", show_spinner=False)
def _decoded(run_at: str, z: np.ndarray, _run: OpenRun) -> np.ndarray:
    return _run.decode(z)
