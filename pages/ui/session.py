"""Who is asking and what is open: the session of the cookie, run and data of the address.

An address says what is looked at (`?run=`, `?data=`), never who looks: a copied one is a link for
others. Streamlit drops both when pages are switched; `begin` writes them back on every full run. As
with all of the address (see `link`), it says what is open where a person arrives.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NoReturn
from urllib.parse import urlencode, urlsplit

import streamlit as st

from aecore.artifact import Artifact
from aecore.errors import AecoreError, ArtifactMissingError, SpecError
from aecore.specs.base import check_key
from pages.ui import cookie, errors, media, session_list, url_state
from pages.ui.backend import store
from pages.ui.translation import _, mark

Kind = Literal["run", "data"]
KINDS: tuple[Kind, ...] = ("run", "data")
FILM = {"map.show": "film"}
"""What the address of the page Map holds where it shows the film of a training."""


def begin() -> None:
    """Read the address, then write back what it lost; once at the start of each full run."""
    state = st.session_state
    url_state.begin()
    if url_state.has_arrived():
        for kind in KINDS:
            state[f"session.{kind}"] = st.query_params.get(kind)
    if "session.id" not in state:
        found = cookie.session_of(_cookies())
        state["session.id"] = found or session_list.new_session()
        state["session.is_kept"] = found is not None
    _drop_what_no_page_takes()
    _write_address()


def session_id() -> str:
    """The id of this session; `aecore` takes turns between sessions by it."""
    found: str = st.session_state["session.id"]
    return found


def tell_where_it_is_not_kept() -> None:
    """Say so where the browser sent no cookie: the session then ends with the page."""
    if not st.session_state.get("session.is_kept"):
        st.caption(
            _(
                ":material/cookie_off: Your browser sent no cookie of this server, so your list of "
                "runs and pictures is lost when this page is reloaded or closed."
            )
        )


def _cookies() -> Mapping[str, str]:
    """What the browser sent as it connected."""
    return st.context.cookies


def _drop_what_no_page_takes() -> None:
    """Take out of the address what would break a page, and who once made it.

    Streamlit's whole numbers cannot be infinite, and break on `inf`, `1e400` or 400 digits. Links
    of earlier versions hold the session of whoever copied them, as `?s=`.
    """
    is_broken = False
    for name in list(st.query_params):
        if any(_is_infinite(value) for value in st.query_params.get_all(name)):
            del st.query_params[name]
            is_broken = True
    if "s" in st.query_params:
        del st.query_params["s"]
    if is_broken:
        st.rerun()  # widgets are filled with what the address held as the run began


def _is_infinite(text: str) -> bool:
    try:
        return math.isinf(float(text))
    except ValueError:
        return False


def choose(kind: Kind, key: str | None) -> None:
    """Open this run or this data set from now on, on every page; None opens nothing."""
    st.session_state[f"session.{kind}"] = key
    _write_address()


def chosen_key(kind: Kind) -> str | None:
    """The key of the open run or data set, None where nothing is open.

    Raises
    ------
    SpecError
        If the address holds something that is no key of this kind.
    """
    key = st.session_state.get(f"session.{kind}")
    if not key:
        return None
    if not check_key(key).startswith(f"{kind}-"):
        raise SpecError(
            "{key} is no key of a {kind}.", "Copy the whole link.", key=key, kind=_NOUN[kind]
        )
    return str(key)


def chosen(kind: Kind) -> Artifact | None:
    """The open run or data set; a link that leads nowhere is told, with a button that mends it.

    The page goes on with None after the person pressed the button; until then it stops here.
    """
    try:
        key = chosen_key(kind)
        return None if key is None else store().artifact(key)
    except (SpecError, ArtifactMissingError) as problem:
        _dead_link(kind, problem)
        st.stop()


def remember(key: str) -> None:
    """Put what was just asked for on this session's list."""
    session_list.remember(store(), session_id(), key)


def remembered(kind: Kind) -> list[str]:
    """What this session asked for and is still kept, newest first."""
    return session_list.keys_of(store(), session_id(), kind)


def share_link(page: str = "", *, run: str | None = None, data: str | None = None) -> str:
    """The address that opens a run or data on a page, for whoever has it.

    Parameters
    ----------
    page
        Path of the page, "" for Start.
    """
    here = urlsplit(st.context.url or "http://localhost:8501")
    asked = {kind: check_key(key) for kind, key in (("run", run), ("data", data)) if key}
    query = f"?{urlencode(asked)}" if asked else ""
    return f"{here.scheme}://{here.netloc}{_root(here.path)}/{page}{query}"


def _root(path: str) -> str:
    """Where the app lies, from the path of one of its pages as the browser knows it.

    A proxy may let it appear in a folder that the server knows nothing of.
    """
    base = media.rooted("").rstrip("/")
    *above, last = path.rstrip("/").split("/")
    if last in PAGES:
        return "/".join(above)
    return path.rstrip("/") or base


PAGES = frozenset(
    (
        *("start", "data", "train", "reconstruct", "map", "walk", "units", "features", "denoise"),
        *("search", "anomalies", "similar", "recommend", "photos", "compare", "jobs"),
    )
)
"""Paths of the pages."""
_NOUN: dict[Kind, str] = {"run": "run", "data": mark("data set")}


def _dead_link(kind: Kind, problem: AecoreError) -> None:
    errors.show_error(problem)
    st.button(
        _("Continue without this {kind}", kind=_NOUN[kind]),
        key=f"session.forget_{kind}",
        type="primary",
        icon=":material/arrow_forward:",
        on_click=choose,
        args=(kind, None),
    )


def go_to(page: str, **more: str) -> NoReturn:
    """Turn to another page, `pages/<page>.py`, with the same run and data.

    Parameters
    ----------
    more
        What else the address shall hold.

    Streamlit refuses to turn the page while a widget's value stands in the address, unless it
    is told what the address shall hold.
    """
    for name, value in more.items():
        url_state.hold(name, value)
    wanted = {name: value for name, value in _wanted().items() if value} | more
    st.switch_page(f"pages/{page}.py", query_params=wanted)


def go_after(page: str, **more: str) -> None:
    """The same from a callback, out of which no page can be turned: once it is over."""
    st.session_state["session.go"] = page, more


def go_on() -> None:
    """Turn to the page that a callback asked for, where one did; the frame calls this."""
    if wanted := st.session_state.pop("session.go", None):
        page, more = wanted
        go_to(page, **more)


def _wanted() -> dict[str, str | None]:
    state = st.session_state
    return {kind: state.get(f"session.{kind}") for kind in KINDS}


def _write_address() -> None:
    for name, value in _wanted().items():
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]
