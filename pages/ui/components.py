"""Front-end components: found in the assets folder, fed one packed message of header and arrays."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore.export.one_page import asset, markup_of, script_of, words_of
from aecore.figures.payload import pack, unpack
from pages.ui.translation import ENGLISH, _, browser_tag, language

__all__ = ["component", "pack", "unpack"]


def component(name: str) -> Any:
    """The component of the folder `assets/components/<name>`, ready to be mounted.

    Its words are those of its `words.json`, in the language of who looks, for which it has a
    name of its own. It is declared again for each use, which costs nothing where nothing changed:
    a declaration belongs to one Streamlit runtime, and tests start many in a process.
    """
    spoken = language()
    words = {key: _(text) for key, text in words_of(name).items()}
    return st.components.v2.component(
        f"latent_lab_{name}" + ("" if spoken == ENGLISH else f"_{spoken}"),
        html=markup_of(name, words),
        css=asset("shared/base.css") + asset(f"{name}/index.css"),
        js=script_of(name, words, browser_tag(spoken)),
    )
