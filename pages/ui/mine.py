"""What is a person's own: pinned, removed after a question, and how long it is kept otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable

import streamlit as st

from aecore.errors import AecoreError
from aecore.jobs import pins
from aecore.jobs.lifetime import IN_A_CLASS_DAYS, UPLOADS_DAYS, lifetime_days
from aecore.jobs.removal import Removal, removal_of, remove
from aecore.jobs.room import make_room_for
from pages.ui import backend, errors, session, session_list
from pages.ui.app import gate
from pages.ui.markdown import escape
from pages.ui.translation import _, dialog, mark, ngettext

_ENDED = "mine.ended"
"""What became of the removal: empty, or the problem."""


def is_mine(key: str) -> bool:
    """Whether this session brought it, or asked for it."""
    return session_list.has(backend.store(), session.session_id(), key)


# How long it is kept -----------------------------------------------------------------------


def settle_lifetime() -> None:
    """Give what people bring to a class's server a lifetime, where the setting says nothing."""
    if gate.is_public():
        os.environ.setdefault(UPLOADS_DAYS, f"{IN_A_CLASS_DAYS:g}")


def kept_for() -> str:
    """A sentence on how long what is brought is kept; empty where that is until it is removed."""
    days = lifetime_days()
    if days is None:
        return ""
    return ngettext(
        "Kept here for {n:g} day after the last use.",
        "Kept here for {n:g} days after the last use.",
        days,
    )


def make_room(n_bytes: int) -> None:
    """Make room in the store for what is brought: of one's own first.

    Raises
    ------
    StoreFullError
    """
    make_room_for(backend.store(), n_bytes, session.session_id())


# Pins --------------------------------------------------------------------------------------


def pin_button(key: str, at: str, *, is_icon: bool = False) -> None:
    """A button that pins, or unpins, in the open container.

    Parameters
    ----------
    at
        Begins the widget's key.
    is_icon
        Whether its sign is enough, where there is little room.
    """
    is_pinned = session.session_id() in backend.store().pinned_by(key)
    label, icon = (_("Unpin"), "keep_off") if is_pinned else (_("Pin"), "keep")
    st.button(
        f":material/{icon}:" if is_icon else label,
        key=f"{at}.pin",
        icon=None if is_icon else f":material/{icon}:",
        help=_("Pinned: not removed when the store is full. Click to unpin.")
        if is_pinned
        else _("Keep it when the store is full: then the results unused for longest are removed."),
        type="tertiary",
        on_click=_turn_pin,
        args=(key, not is_pinned),
    )


def _turn_pin(key: str, wanted: bool) -> None:
    store, who = backend.store(), session.session_id()
    with errors.shown():
        if wanted:
            share = pins.SHARE_IN_A_CLASS if gate.is_public() else pins.SHARE_OF_ALL
            pins.pin(store, key, by=who, share=share)
        else:
            pins.unpin(store, key, by=who)


# Removal -----------------------------------------------------------------------------------


def remove_button(
    key: str,
    what: str,
    at: str,
    then: Callable[[], None] = lambda: None,
    *,
    is_icon: bool = False,
) -> None:
    """A button that asks, says what goes along, and removes.

    Parameters
    ----------
    what
        What it is, for the question: "this run".
    at
        Begins the widget's key.
    then
        Called once it is gone.
    is_icon
        Whether its sign is enough, where there is little room.
    """
    st.button(
        ":material/delete:" if is_icon else _("Remove"),
        key=f"{at}.remove",
        icon=None if is_icon else ":material/delete:",
        help=_("Remove {what} permanently. You are asked first.", what=what),
        type="tertiary",
        on_click=_begin,
        args=(key, what, then),
    )


def _begin(key: str, what: str, then: Callable[[], None]) -> None:
    st.session_state.pop(_ENDED, None)
    _ask(key, what, then)


@dialog(mark("Remove permanently?"), icon=":material/delete:")
def _ask(key: str, what: str, then: Callable[[], None]) -> None:
    ended = st.session_state.pop(_ENDED, None)
    if ended == "":
        st.rerun()  # it is gone: the page without it
    try:
        if ended is not None:
            raise ended
        found = removal_of(backend.store(), key, session.session_id())
    except AecoreError as problem:
        errors.show_error(problem)
        return
    st.markdown(escape(words(found, what)))
    st.button(
        _("Remove"),
        key="mine.remove",
        type="primary",
        icon=":material/delete:",
        on_click=_remove,
        args=(found, then),
    )


def _remove(found: Removal, then: Callable[[], None]) -> None:
    try:
        remove(backend.store(), found, session.session_id())
    except AecoreError as problem:
        st.session_state[_ENDED] = problem
        return
    for kind in session.KINDS:  # what is open and gone is not looked for any more
        if st.session_state.get(f"session.{kind}") in {found.key, *found.keys}:
            session.choose(kind, None)
    then()
    st.session_state[_ENDED] = ""


def words(found: Removal, what: str) -> str:
    """What goes and what stays, for a person."""
    if found.leaves_the_list_only:
        return _("This removes {what} from your lists only: another person uses it too.", what=what)
    along = []
    if found.n_runs:
        along.append(
            _("a run that was trained on it") if found.n_runs == 1 else _runs(found.n_runs)
        )
    if found.n_results:
        along.append(
            ngettext("a result computed from it", "{n:,} results computed from it", found.n_results)
        )
    if found.uploads:
        along.append(_("the files that you sent"))
    what = what[:1].upper() + what[1:]
    if along:
        head = _("{what} will be removed, and with it: {along}.", what=what, along=", ".join(along))
    else:
        head = _("{what} will be removed.", what=what)
    return _(
        "{head} {size} in total. Links to it stop working. Everything else stays.",
        head=head,
        size=_size(found.n_bytes),
    )


def _runs(n: int) -> str:
    return _("{n:,} runs that were trained on it", n=n)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 1e5 else f"{max(1, round(n_bytes / 1e3))} kB"
