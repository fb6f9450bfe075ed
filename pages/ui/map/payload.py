"""What the interactive map is sent: points, thumbnails, decoder and what is marked, packed once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import streamlit as st

from aecore.figures.selection import selection_from_text
from pages.ui import thumbnails
from pages.ui.map import groups, state
from pages.ui.map.context import HEIGHT_PX, MapContext, label
from pages.ui.map.interactive import begin_with
from pages.ui.translation import _, language

if TYPE_CHECKING:
    from aecore.export.living import InteractiveMap
    from aecore.export.portable import PortableDecoder
    from aecore.export.thumbnails import Sheet


def message(seen: MapContext) -> bytes:
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
        f"{language()} {seen.map.key} {seen.colour_name} {own} {trust} {round_} {begun} {path} "
        f"{arrow} {fetched}"
    )
    more = {
        "sheets": fetched,
        "height": HEIGHT_PX - (185 if seen.map.through else 100),  # the three stand above
        "label": label(seen),
        "own": own,
        "served": True,
        "rows": not seen.samples.is_pictures,
        "round": round_,
        "path": path,
        "arrow": arrow,
        "paths": seen.samples.is_pictures,
        "selection": begin_with(selection_from_text(begun)),
        "rev": hashlib.sha256(what.encode()).hexdigest()[:16],
    }
    return _packed(what, seen, more)


@st.cache_resource(max_entries=8, show_spinner=False)
def _packed(what: str, _seen: MapContext, _more: dict[str, Any]) -> bytes:
    """`what` names all that the message depends on."""
    return living(_seen).message(say=_, **_more)


def living(seen: MapContext) -> InteractiveMap:
    """The map with its thumbnails and its decoder."""
    from aecore.export.living import InteractiveMap

    if not seen.samples.is_pictures:
        return InteractiveMap(seen.map, seen.samples, seen.colour)
    codes = seen.map.codes
    return InteractiveMap(
        seen.map,
        seen.samples,
        seen.colour,
        sheet=_sheet(codes.key, seen),
        decoder=_decoder(f"{seen.run.key} {seen.run.epochs}", seen),
        trust=seen.trust,
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _sheet(codes_key: str, _seen: MapContext) -> Sheet:
    from aecore.export.thumbnails import sheet_of

    return sheet_of(_seen.samples, _seen.map.codes.rows)


@st.cache_resource(max_entries=8, show_spinner=False)
def _decoder(run_at: str, _seen: MapContext) -> PortableDecoder:
    from aecore.export.portable import portable

    return portable(_seen.run, _seen.map.codes.z)
