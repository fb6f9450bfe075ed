"""How a job stands, as a coloured word."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from pages.ui.translation import _, mark

JobStatus = Literal["queued", "running", "done", "stopped", "interrupted", "failed", "new"]

_Colour = Literal["gray", "blue", "green", "orange", "red"]
_CHIPS: dict[JobStatus, tuple[str, str, _Colour]] = {
    "queued": (mark("queued"), ":material/hourglass_empty:", "gray"),
    "running": (mark("training"), ":material/play_arrow:", "blue"),
    "done": (mark("done"), ":material/check:", "green"),
    "stopped": (mark("stopped"), ":material/pause:", "orange"),
    "interrupted": (mark("interrupted"), ":material/bolt:", "orange"),
    "failed": (mark("failed"), ":material/error:", "red"),
    "new": (mark("not started"), ":material/circle:", "gray"),
}


def status_chip(standing: JobStatus) -> None:
    """How a run stands, as a coloured word."""
    label, icon, colour = _CHIPS[standing]
    st.badge(_(label), icon=icon, color=colour)
