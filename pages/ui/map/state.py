"""What a map begins with when it is drawn anew: what is marked on it, and the path drawn on it.

The browser keeps both while it draws the map, so that nothing is sent again; the page tells it
only where a map begins, or begins anew.
"""

from __future__ import annotations

import streamlit as st

from pages.ui import url_state

SELECTION, PATH = "map.sel", "map.path"
"""Names in the address."""
_ROUND, _SELECTION, _PATH = "map.round", "map.begun", "map.begun_path"
_LARGEST = 1e9


def begin() -> None:
    """As the page is drawn as a whole: what the address holds."""
    st.session_state[_SELECTION] = url_state.read(SELECTION)
    st.session_state[_PATH] = ends_of(url_state.read(PATH))


def clear(name: str) -> None:
    """Take back what is marked (`SELECTION`) or drawn (`PATH`); the map begins anew without it."""
    url_state.write(name, "")
    st.session_state[_ROUND] = anew() + 1
    begin()


def anew() -> int:
    """How often the map has begun anew."""
    found: int = st.session_state.get(_ROUND, 0)
    return found


def selection() -> str:
    """What was marked when the map began, as the address held it."""
    found: str = st.session_state.get(_SELECTION, "")
    return found


def path() -> list[float] | None:
    """Ends of the path when the map began, `[x0, y0, x1, y1]`."""
    found: list[float] | None = st.session_state.get(_PATH)
    return found


def ends_of(text: str) -> list[float] | None:
    """Both ends, `[x0, y0, x1, y1]`, of a link's text; None where it is none."""
    try:
        found = [float(word) for word in text[:200].split(",")]
    except ValueError:
        return None
    return found if len(found) == 4 and all(abs(end) < _LARGEST for end in found) else None
