"""Reading what a person brought, in a process of its own, with a line that says so, and Cancel."""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial

import streamlit as st

from aecore.imaging.decode_tasks import Run
from aecore.imaging.decoding import Decoder, n_at_once
from pages.ui.markdown import escape
from pages.ui.translation import _

_SHOWN_AFTER_S = 0.3


@lru_cache(maxsize=1)
def decoder() -> Decoder:
    """What decodes for all sessions of this process."""
    found = Decoder(n_at_once())
    atexit.register(found.close)
    return found


@contextmanager
def reading(what: str, on_cancel: Callable[[], None]) -> Iterator[Run]:
    """Runs tasks while the page waits; a person who cancels, or leaves, ends them.

    Parameters
    ----------
    what
        What is read, for a person: a file's name.
    on_cancel
        Called at the beginning of the run that follows on Cancel.
    """
    place = st.empty()
    began = time.monotonic()
    is_shown = False

    def waiting() -> None:
        nonlocal is_shown
        # Here the page's run ends, and with it the task, where the session asked for another.
        st.session_state.get("reading")
        if not is_shown and time.monotonic() - began > _SHOWN_AFTER_S:
            is_shown = True
            with place.container(horizontal=True, vertical_alignment="center"):
                st.caption(_("Reading {what}…", what=escape(what)))
                st.button(
                    _("Cancel"), key="reading.cancel", icon=":material/stop:", on_click=on_cancel
                )

    yield partial(decoder().run, waiting=waiting)
    place.empty()
