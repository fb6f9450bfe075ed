"""What a page asks for by itself: submitted, watched until it is done, told of where it failed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aecore.artifact import Artifact
from aecore.errors import QueueFullError
from aecore.jobs.view import JobView
from aecore.specs.base import Spec
from pages.ui import backend, errors, session
from pages.ui.job_progress import watch
from pages.ui.markdown import escape
from pages.ui.translation import _


def require_done(spec: Spec, what: str) -> Artifact:
    """The artifact of a spec, computed as soon as the page asks; until then the page stops here.

    Parameters
    ----------
    what
        What is being done, for a person: "Laying out the codes".

    Raises
    ------
    QueueFullError
        If this session has too many unfinished jobs.
    """
    view = _asked_for(spec)
    if view.status != "done":
        _told(spec, what, view, f"asked.again.{spec.kind}")
        st.stop()
    return backend.store().artifact(spec.key)


def request_all(wanted: Sequence[tuple[Spec, str]], *, is_narrow: bool = False) -> bool:
    """Ask for several things at once, with the progress of each; whether all of them are there.

    What is more than a session may have unfinished waits, and is asked for as others are done.

    Parameters
    ----------
    wanted
        Specs, each with what is being done, for a person.
    is_narrow
        Whether progress stands in a narrow column.
    """
    is_done = True
    for spec, what in wanted:
        try:
            view = _asked_for(spec)
        except QueueFullError:
            st.caption(_("{what}: waiting until your other jobs are done.", what=escape(what)))
            is_done = False
            continue
        if view.status != "done":
            _told(spec, what, view, f"asked.again.{spec.key}", is_narrow=is_narrow)
            is_done = False
    return is_done


def _asked_for(spec: Spec) -> JobView:
    """How the job of a spec stands, asked for where nobody has, or this session turned away."""
    store, engine = backend.store(), backend.engine()
    view = engine.view(spec.key) if spec.key in store else None
    given_up = _given_up()
    was_left = view is not None and view.status == "stopped" and spec.key in given_up
    if view is None or view.is_left or was_left:
        engine.submit(spec, session.session_id())
        given_up.discard(spec.key)
        view = engine.view(spec.key)
    if view.status == "done":
        store.touch(spec.key)
    return view


def _told(spec: Spec, what: str, view: JobView, again: str, *, is_narrow: bool = False) -> None:
    """How far it is, or what became of it."""
    if view.is_live:
        watch(spec.key, what, is_narrow=is_narrow)
    else:
        _told_why(spec, what, view, again)


def give_up(key: str) -> None:
    """Take back this session's wish for what it no longer looks at; nothing if it is done.

    Looked at again, it is asked for again without a question. This is for turning away; what a
    person stops by a button is stopped by the engine, and stays so.
    """
    if key in backend.store() and backend.engine().view(key).is_live:
        _given_up().add(key)
        backend.engine().stop(key, session.session_id())


def replace_request(place: str, key: str = "") -> None:
    """What is looked at in one place of a page now; what was before is given up.

    Parameters
    ----------
    place
        A name for the place, as widgets are named: "photos.repaired".
    key
        Of what is looked at; empty: nothing.
    """
    before: str = st.session_state.get(place, "")
    if before and before != key:
        give_up(before)
    st.session_state[place] = key


def _given_up() -> set[str]:
    """Keys that this session turned away from while they were computed."""
    found: set[str] = st.session_state.setdefault("asked.given_up", set())
    return found


def _told_why(spec: Spec, what: str, view: JobView, again: str) -> None:
    """What became of the job, and a button to ask again."""
    if view.status == "failed":
        words = f"{escape(_(view.state.error))}\n\n{escape(_(view.state.hint))}".strip()
        st.error(words or _("{what} failed.", what=escape(what)), icon=":material/error:")
    elif view.status == "interrupted":
        words = _(
            "{what} was interrupted. {error}", what=escape(what), error=escape(_(view.state.error))
        )
        st.warning(f"{words}\n\n{escape(_(view.state.hint))}", icon=":material/bolt:")
    else:
        st.info(_("{what} was stopped.", what=escape(what)), icon=":material/info:")
    st.button(
        _("Try again"),
        key=again,
        icon=":material/refresh:",
        on_click=_again,
        args=(spec,),
    )


def _again(spec: Spec) -> None:
    with errors.shown():
        backend.engine().submit(spec, session.session_id())
