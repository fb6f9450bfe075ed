"""What a page shows beyond its widgets, kept in the address so that a link reopens it."""

from __future__ import annotations

import streamlit as st


def read(name: str, default: str = "") -> str:
    """The value of `?name=`; what was written last, else what the address brought.

    It is a person's text: check it before use.
    """
    kept = f"link.{name}"
    if kept not in st.session_state:
        st.session_state[kept] = st.query_params.get(name, default)
    value: str = st.session_state[kept]
    if value and value != default and st.query_params.get(name) != value:
        st.query_params[name] = value  # a turn of the page had dropped it
    return value or default


def write(name: str, value: str) -> None:
    """Put a value into the address; an empty one takes it out."""
    st.session_state[f"link.{name}"] = value
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
