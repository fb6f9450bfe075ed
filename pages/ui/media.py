"""Files of the store handed to the browser by an address, as pictures of Streamlit's own are."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit import runtime


def served(path: Path, mime: str, place: str) -> str:
    """The address of a file, good until this session's next full run that does not ask for it.

    The address is made of what the file holds, so that an unchanged one is not fetched again. It
    is relative to the page: so it holds wherever a proxy lets the app appear.

    Parameters
    ----------
    place
        Names where on the page it is shown; one file a place.
    """
    if not runtime.exists():
        return ""
    manager = runtime.get_instance().media_file_mgr
    return relative(manager.add(path.read_bytes(), mime, place))


def relative(address: str) -> str:
    """An address of the app, which begins with a slash, as any of its pages finds it."""
    return address.lstrip("/")


def rooted(address: str) -> str:
    """An address of the app, which begins with a slash, where the app may lie in a folder."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{address}" if base else address
