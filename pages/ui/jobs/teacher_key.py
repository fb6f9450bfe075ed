"""Where the teacher's key of a class server is entered, once."""

from __future__ import annotations

import streamlit as st

from pages.ui import errors, session, teacher
from pages.ui.translation import _


def ask_for_key() -> None:
    """Ask for the key on a class server, or say that it was entered."""
    if not teacher.has_key():
        return
    if teacher.is_teacher(session.session_id()):
        st.caption(_(":material/key: Teacher's key entered: you can stop any job."))
        return
    with (
        st.expander(_("I am the teacher"), icon=":material/key:"),
        st.form("jobs.teacher", border=False, clear_on_submit=True),
    ):
        st.caption(
            _("Enter the key that the server printed when it started, to be able to stop any job.")
        )
        text = st.text_input(_("Teacher's key"), type="password", key="jobs.key", width=320)
        is_asked = st.form_submit_button(_("Enter"))
    if is_asked:
        with errors.shown():
            teacher.enter(session.session_id(), text)
            st.rerun()
