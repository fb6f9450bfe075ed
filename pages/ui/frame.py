"""What surrounds every page: the mark, the style sheet, the session, and a title that is alike."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import StopException

from pages.ui import errors, session
from pages.ui.app import preload

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def show(page: Page) -> None:
    """Run the chosen page inside the frame; a deliberate error it lets through becomes a notice.

    A page that stops early ends here, not the script: after a script that was stopped, Streamlit
    keeps the fragments of the run before, and one that still polls then draws to where nothing is
    any more, which leaves the browser blank.
    """
    st.html(ASSETS / "style.css")
    st.logo(str(ASSETS / "logo.svg"), size="large")
    with errors.shown(), suppress(StopException):
        session.begin()
        session.go_on()
        session.tell_where_it_is_not_kept()
        page.run()
    preload.after_first_paint()


def title(text: str, question: str) -> None:
    """The head of a page, and its first call: a title and the question the page answers.

    Streamlit runs a file of a folder named `pages` alone, without `app.py`, when a server's very
    first visit goes to that page's address. `aecore app` turns that off before any visit; for
    `streamlit run app.py` it is turned off here, and the run begins again in the frame.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
    with st.container(gap="xxsmall"):
        st.title(text, anchor=False)
        st.markdown(f":gray[{question}]")
