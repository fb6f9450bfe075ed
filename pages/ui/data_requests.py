"""Data that is asked for: what it is called, bringing it in, and what became of it."""

from __future__ import annotations

import streamlit as st

from aecore.artifact import Artifact
from aecore.data.sources import source
from aecore.jobs.view import JobView
from aecore.specs.data import DataSpec
from pages.ui import backend, errors, mine, session
from pages.ui.markdown import escape
from pages.ui.translation import _


def data_title(key: str) -> str:
    """What to call the data of a key: to be translated where it is shown."""
    artifact = backend.store().artifact(key)
    title = artifact.about.get("title") or source(data_spec(artifact).source).title
    return title if isinstance(title, str) else str(title)


def bring_in(spec: DataSpec, title: str) -> None:
    """Ask for data and open it; what was open stays where that is refused.

    Raises
    ------
    QueueFullError, StoreError
    """
    key = backend.engine().submit(spec, session.session_id(), title=title)
    session.remember(key)
    session.choose("data", key)


def told_why(key: str, view: JobView) -> None:
    """What became of data that is not here, and a button to ask again."""
    title, state = data_title(key), view.state

    def again() -> None:
        with errors.shown():
            bring_in(data_spec(backend.store().artifact(key)), title)

    if view.status == "failed":
        words = f"{escape(_(title))}: {escape(_(state.error))}\n\n{escape(_(state.hint))}"
        st.error(words.strip(), icon=":material/error:")
    else:
        said = {
            "stopped": _("Importing {title} was stopped.", title=escape(_(title))),
            "interrupted": _("Importing {title} was interrupted.", title=escape(_(title))),
        }
        words = said.get(
            view.status, _("Importing {title} has not started.", title=escape(_(title)))
        )
        why = f" {escape(_(state.error))}" if state.error else ""
        st.info(words + why, icon=":material/info:")
    with st.container(horizontal=True):
        st.button(
            _("Try again") if view.status == "failed" else _("Import it"),
            key="data.again",
            icon=":material/refresh:",
            on_click=again,
        )
        if data_spec(backend.store().artifact(key)).source == "own" and mine.is_mine(key):
            mine.remove_button(key, _("what you sent"), "data.failed")


def data_spec(artifact: Artifact) -> DataSpec:
    """What was asked for; the set that ships where the artifact is of another kind."""
    spec = artifact.spec
    return spec if isinstance(spec, DataSpec) else DataSpec()
