"""Front-end components: found in the assets folder, fed one packed message of header and arrays."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from aecore.export.one_page import scripts_of
from aecore.figures.payload import pack, unpack

__all__ = ["component", "pack", "unpack"]

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "components"


@cache
def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def component(name: str) -> Any:
    """The component of the folder `assets/components/<name>`, ready to be mounted.

    Its script follows those that `parts.json` names. It is declared again for each use, which
    costs nothing where nothing changed: a declaration belongs to one Streamlit runtime, and tests
    start many in a process.
    """
    return st.components.v2.component(
        f"latent_lab_{name}",
        html=_read(f"{name}/index.html"),
        css=_read("shared/base.css") + _read(f"{name}/index.css"),
        js="".join(_read(f"{part}.js") for part in scripts_of(name)),
    )
