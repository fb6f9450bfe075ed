"""What a page shows, kept in the address, so that a link reopens it.

One rule of precedence: where a person arrives (a first visit, back, forward) the address says what
is shown, also by what it does not hold; from then on what was written last is shown, and stands in
the address, out of which a turn of the page drops it. Widgets that are bound to the address by
Streamlit follow the same rule; but Streamlit binds what an option is called, so whoever rewords it
breaks every link. `choice` and `choices` write ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.translation import _

Name = TypeVar("Name", bound=str)
Widget = Callable[..., Any]

_NONE = "none"


def has_arrived() -> bool:
    """Whether this run of the page is a first visit, or a step back or forward."""
    context = get_script_run_ctx()
    is_step = context is not None and context.is_history_navigation
    return is_step or "session.id" not in st.session_state


def begin() -> None:
    """Where a person has arrived, take what the address holds; at the start of each full run."""
    if has_arrived():
        for kept in [str(key) for key in st.session_state if str(key).startswith("link.")]:
            st.session_state[kept] = st.query_params.get(kept.removeprefix("link."), "")


def read(name: str, default: str = "") -> str:
    """The value of `?name=`; what was written last, else what the address brought.

    It is a person's text: check it before use.
    """
    kept = f"link.{name}"
    if kept not in st.session_state:
        st.session_state[kept] = st.query_params.get(name, "")
    value: str = st.session_state[kept]
    if value and st.query_params.get(name) != value:
        st.query_params[name] = value  # a turn of the page had dropped it
    return value or default


def hold(name: str, value: str) -> None:
    """Keep a value for when the page that reads it is shown."""
    st.session_state[f"link.{name}"] = value


def write(name: str, value: str) -> None:
    """Put a value into the address; an empty one takes it out."""
    hold(name, value)
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def number(name: str) -> int | None:
    """The whole number of `?name=`, 0 or more; None where it holds none."""
    asked = read(name)
    return int(asked[:12]) if asked.isascii() and asked.isdigit() else None


def whole_number(name: str, default: int, low: int, high: int) -> int:
    """The number of `?name=`, kept within its bounds."""
    found = number(name)
    return default if found is None else min(high, max(low, found))


def linked_widget(key: str, value: object, write: Callable[[Any], None]) -> dict[str, Any]:
    """Key and callback of a widget whose value is kept elsewhere: in the address, in the session.

    Parameters
    ----------
    value
        What it shows.
    write
        Keeps what a person sets.

    Examples
    --------
    st.selectbox("Layer", layers, **linked_widget("units.layers", layer, open_layer))
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return {"key": key, "on_change": lambda: write(st.session_state[key])}


def choice(
    label: str,
    options: Mapping[Name, str],
    key: str,
    *,
    default: str = "",
    widget: Widget = st.selectbox,
    on_change: Callable[[], None] = lambda: None,
    **settings: Any,
) -> Name:
    """One of some options, in the address as `?key=<id>`; its id.

    Parameters
    ----------
    options
        Id to label: labels may change, ids stand in links.
    default
        Id of what is chosen at first; the first option where there is none of this id.
    widget
        `st.selectbox` or `st.segmented_control`.
    on_change
        What else is to happen when a person chooses.
    settings
        More of the widget's parameters.
    """
    ids = list(options)
    first = next((known for known in ids if known == default), ids[0])
    asked = read(key)
    shown = next((known for known in ids if known == asked), first)
    if widget is st.segmented_control:
        settings = {"required": True, **settings}

    def keep(chosen: Name | None) -> None:
        write(key, chosen or "")
        on_change()

    chosen = widget(
        label,
        ids,
        format_func=lambda known: _(options.get(known, known)),
        **linked_widget(key, shown, keep),
        **settings,
    )
    return next((known for known in ids if known == chosen), first)


def choices(
    label: str, options: Mapping[Name, str], key: str, *, default: Sequence[str], **settings: Any
) -> list[Name]:
    """Any number of some options, in the address as `?key=<id>,<id>`; their ids as chosen.

    Parameters
    ----------
    default
        Ids of what is chosen at first.
    """
    asked = read(key)
    known = {str(each): each for each in options}
    wanted = dict.fromkeys(asked.split(",") if asked else default)
    shown = [known[each] for each in wanted if each in known]

    def keep(chosen: Sequence[str]) -> None:
        write(key, ",".join(each for each in chosen if each in known) or _NONE)

    chosen = st.multiselect(
        label,
        list(options),
        format_func=lambda each: _(options.get(each, each)),
        **linked_widget(key, shown, keep),
        **settings,
    )
    return [known[each] for each in chosen if each in known]
