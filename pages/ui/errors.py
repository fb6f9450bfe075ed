"""A deliberate error becomes a sentence with what mends it; any other stays loud."""

from __future__ import annotations

import streamlit as st

from aecore.errors import AecoreError
from pages.ui.markdown import escape
from pages.ui.translation import _


def show_error(problem: AecoreError) -> None:
    """Show what was wanted, what was found, and what mends it, as plain text."""
    words = escape(_(problem.message))
    if problem.hint:
        words += f"\n\n{escape(_(problem.hint))}"
    st.error(words, icon=":material/error:")


class shown:  # noqa: N801 - used as `contextlib.suppress` is
    """Whatever AecoreError the block raises is shown where the block stands.

    Examples
    --------
    with errors.shown():
        artifact = store().artifact(key)
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: object
    ) -> bool:
        if isinstance(problem, AecoreError):
            show_error(problem)
        return isinstance(problem, AecoreError)
