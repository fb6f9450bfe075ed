"""A photograph by the camera, or, where a browser does not give it, by the file chooser."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from aecore.imaging.limits import PHOTOGRAPH
from pages.ui.translation import _

_TYPES = ["jpg", "jpeg", "png", "webp", "heic", "heif"]


def ask(
    key: str, on_change: Callable[[], None], width: int | Literal["stretch"] = "stretch"
) -> None:
    """Draw the camera, or the file chooser with the reason for it; both under this key."""
    if is_given(st.context.url or ""):
        st.camera_input(
            _("A photograph"),
            key=key,
            on_change=on_change,
            label_visibility="collapsed",
            width=width,
        )
        return
    st.info(
        _(
            "A browser gives the camera to https and to this machine alone: choose a picture "
            "instead. On a phone the chooser offers its camera."
        ),
        icon=":material/no_photography:",
    )
    st.file_uploader(
        _("A photograph"),
        type=_TYPES,
        key=key,
        on_change=on_change,
        max_upload_size=PHOTOGRAPH.n_bytes // 2**20,
        label_visibility="collapsed",
        width=width,
    )


def is_given(url: str) -> bool:
    """Whether a browser gives the camera to a page of this address.

    Examples
    --------
    >>> is_given("http://localhost:8501/photos"), is_given("https://lab.example/photos")
    (True, True)
    >>> is_given("http://192.168.0.7:8501/photos"), is_given("http://127.0.0.1:8501")
    (False, True)
    """
    here = urlsplit(url)
    name = here.hostname or "localhost"
    if here.scheme == "https" or name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
