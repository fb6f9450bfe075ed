"""What a person sees of a job while it goes on: its phase, how far it is, its place, and Stop."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from aecore.jobs.view import JobView
from pages.ui import backend, errors, session
from pages.ui.markdown import escape
from pages.ui.translation import _

_EVERY_S = 0.5


def watch(
    key: str, what: str, until: Callable[[], bool] = lambda: False, *, is_narrow: bool = False
) -> None:
    """A live panel of the job `key`; once it has ended, the whole page runs again.

    Parameters
    ----------
    what
        What is being done, for a person: "Bringing in MNIST".
    until
        Says that what the page waits for is there, though the job goes on.
    is_narrow
        Whether it stands in a narrow column, beside what is looked at meanwhile.
    """

    @st.fragment(run_every=_EVERY_S)
    def panel() -> None:
        with errors.shown():
            view = backend.engine().view(key)
            if not view.is_live or until():
                st.rerun()
            (_draw_narrow if is_narrow else _draw)(key, what, view)

    panel()


def _draw(key: str, what: str, view: JobView) -> None:
    with st.container(border=True, key=f"watch.{key}"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(
                f"**{escape(what)}** &nbsp; :gray[{escape(status_text(view))}]", width="stretch"
            )
            _stop_button(key)
        _progress(view)


def _draw_narrow(key: str, what: str, view: JobView) -> None:
    with st.container(key=f"watch.{key}", gap="small"):
        st.caption(f"**{escape(what)}:** {escape(status_text(view))}.")
        _progress(view)
        _stop_button(key)


def _progress(view: JobView) -> None:
    st.progress(view.state.progress if view.status == "running" else 0.0)


def _stop_button(key: str) -> None:
    st.button(
        _("Stop"), key=f"watch.stop.{key}", icon=":material/stop:", on_click=_stop, args=(key,)
    )


def _stop(key: str) -> None:
    with errors.shown():
        backend.engine().stop(key, session.session_id())


def status_text(view: JobView) -> str:
    """How the job stands, in words."""
    if view.status == "queued":
        words = [_("waiting for its next turn") if view.is_again else _("waiting")]
        if view.place is not None:
            words.append(_("number {place} in the queue", place=view.place))
        if view.wait_s:
            words.append(_("starts in about {duration}", duration=duration(view.wait_s)))
        return ", ".join(words)
    state = view.state
    words = [_(state.phase) or _("starting")]
    if state.n_total > 1:
        words.append(_("{n_done:,} of {n_total:,}", n_done=state.n_done, n_total=state.n_total))
    if state.eta_s:
        words.append(_("about {duration} left", duration=duration(state.eta_s)))
    return ", ".join(words)


def duration(seconds: float) -> str:
    """Seconds for a person.

    Examples
    --------
    >>> duration(7.2), duration(200), duration(7300)
    ('7 s', '3 min', '2 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return _("{seconds} min", seconds=round(seconds / 60))
    return f"{round(seconds / 3600)} h"
