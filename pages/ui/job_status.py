"""How a job stands, as a coloured word."""

from __future__ import annotations

from typing import Literal

import streamlit as st

JobStatus = Literal["queued", "running", "done", "stopped", "interrupted", "failed", "new"]

_Colour = Literal["gray", "blue", "green", "orange", "red"]
_CHIPS: dict[JobStatus, tuple[str, str, _Colour]] = {
    "queued": ("queued", ":material/hourglass_empty:", "gray"),
    "running": ("training", ":material/play_arrow:", "blue"),
    "done": ("done", ":material/check:", "green"),
    "stopped": ("stopped", ":material/pause:", "orange"),
    "interrupted": ("interrupted", ":material/bolt:", "orange"),
    "failed": ("failed", ":material/error:", "red"),
    "new": ("not started", ":material/circle:", "gray"),
}


def status_chip(standing: JobStatus) -> None:
    """How a run stands, as a coloured word."""
    label, icon, colour = _CHIPS[standing]
    st.badge(label, icon=icon, color=colour)
