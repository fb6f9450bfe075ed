"""Pages of a wall of pictures: a slider with a button at each end."""

from __future__ import annotations

import streamlit as st

from pages.ui.translation import _


def pager(page: str, n_pages: int) -> int:
    """Draw it in the open container, where there is more than one page; which is shown, from 1.

    Parameters
    ----------
    page
        Names the widgets: `<page>.before`, `<page>.page`, `<page>.after`.
    """
    name = f"{page}.page"

    def go(step: int) -> None:
        st.session_state[name] = min(n_pages, max(1, st.session_state.get(name, 1) + step))

    if n_pages < 2:
        return 1
    st.button(
        _("Back"),
        key=f"{page}.before",
        icon=":material/chevron_left:",
        on_click=go,
        args=(-1,),
    )
    shown = st.slider(
        _("Page"),
        1,
        n_pages,
        key=name,
        bind="query-params",
        label_visibility="collapsed",
        format=_("%d of {n_pages}", n_pages=n_pages),
    )
    st.button(
        _("Next"),
        key=f"{page}.after",
        icon=":material/chevron_right:",
        icon_position="right",
        on_click=go,
        args=(1,),
    )
    return min(n_pages, max(1, int(shown)))
