"""A query and the texts nearest to it: by code, by LSA and by words, in columns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui import errors, url_state
from pages.ui.markdown import escape
from pages.ui.rows import beginning
from pages.ui.search.context import ABOUT, METHODS, SearchContext
from pages.ui.translation import _

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from aecore.studies.text_search import FoundTexts, TextSpace

_ROW = "search.row"
_QUERY = "search.query"
_N_SHOWN = {"5": "5", "10": "10", "20": "20"}
_LONGEST = 240
_MAX_QUERY = 5000


def search_card(seen: SearchContext, bar: DeltaGenerator) -> None:
    """The query, and what each method finds."""
    with bar:
        n_shown = int(url_state.choice(_("Shown"), _N_SHOWN, "search.n", default="5", width=110))
    _ask(seen)
    with errors.shown():
        _found(seen, n_shown)


def _ask(seen: SearchContext) -> None:
    """A sentence of one's own, or a text of the set."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="search.ask"):
        st.text_input(
            _("A sentence"),
            key=_QUERY,
            placeholder=_("Type a sentence, or look at a text of the set below"),
            max_chars=_MAX_QUERY,
            width="stretch",
        )
        st.button(
            _("Another text of the set"),
            key="search.another",
            icon=":material/shuffle:",
            on_click=_open_another,
            args=(len(seen.samples),),
        )


def _open_another(n: int) -> None:
    _open(int(np.random.default_rng().integers(n)))


def _open(row: int) -> None:
    """Search for what is like a text of the set."""
    st.session_state[_QUERY] = ""
    url_state.write(_ROW, str(row))


def _found(seen: SearchContext, n_shown: int) -> None:
    typed = str(st.session_state.get(_QUERY) or "").strip()
    first = int(seen.samples.parts["test"][0]) if len(seen.samples.parts["test"]) else 0
    row = url_state.whole_number(_ROW, first, 0, len(seen.samples) - 1)
    text = typed or seen.samples.texts[row]
    if not typed:
        with st.container(border=True, key="search.asked"):
            st.markdown(
                _(
                    "**Texts like this one** &nbsp; {class_badge}",
                    class_badge=_class_badge(seen, row),
                )
            )
            st.markdown(escape(beginning(text, _LONGEST)))
    columns = st.columns(len(METHODS))
    for column, (space, title) in zip(columns, METHODS.items(), strict=True):
        # a text of the set finds itself first
        found = seen.search.nearest([text], n_shown + (not typed), space)
        with column:
            st.markdown(f"**{title}**", help=ABOUT[space])
            _list(seen, found, space, None if typed else row, n_shown)


def _list(
    seen: SearchContext, found: FoundTexts, space: TextSpace, own: int | None, n_shown: int
) -> None:
    pairs = zip(found.rows[0].tolist(), found.similarity[0].tolist(), strict=True)
    kept = [(row, value) for row, value in pairs if row != own and value > 0][:n_shown]
    if not kept:
        st.caption(_("No other text shares a word with it."))
    for place, (row, value) in enumerate(kept):
        with st.container(border=True, key=f"search.{space}.{place}", gap="xxsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":gray[{value:.2f}] &nbsp; {_class_badge(seen, row)}", width="stretch")
                st.button(
                    _("More like it"),
                    key=f"search.{space}.more.{place}",
                    icon=":material/manage_search:",
                    type="tertiary",
                    on_click=partial(_open, row),
                )
            st.markdown(escape(beginning(seen.samples.texts[row], _LONGEST)))


def _class_badge(seen: SearchContext, row: int) -> str:
    labels = seen.samples.labels
    if labels is None or labels[row] < 0:
        return ""
    return f":blue-badge[{escape(seen.samples.label_names[labels[row]])}]"
