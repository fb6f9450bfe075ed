"""A deliberate error becomes a sentence with what mends it; any other stays loud."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from aecore.errors import AecoreError
from pages.ui.markdown import plain


def notice(problem: AecoreError) -> None:
    """Show what was wanted, what was found, and what mends it, as plain text."""
    words = plain(problem.message)
    if problem.hint:
        words += f"\n\n{plain(problem.hint)}"
    st.error(words, icon=":material/error:")


@contextmanager
def shown() -> Iterator[None]:
    """Whatever AecoreError the block raises is shown where the block stands.

    Examples
    --------
    with problems.shown():
        artifact = store().artifact(key)
    """
    try:
        yield
    except AecoreError as problem:
        notice(problem)
