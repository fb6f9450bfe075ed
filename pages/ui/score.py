"""A number on a page: with its unit, and which end is good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from pages.ui.translation import _, mark, number_text

Better = Literal["low", "high", ""]
"""Which end of a number is good; "" where neither is."""
_GOOD = {"low": mark("lower is better"), "high": mark("higher is better"), "": ""}
_ARROW = {"low": "↓", "high": "↑", "": ""}
_DELTA: dict[Better, Literal["inverse", "normal", "off"]] = {
    "low": "inverse",
    "high": "normal",
    "": "off",
}


@dataclass(frozen=True)
class Score:
    """What is shown.

    Parameters
    ----------
    label
        What was measured.
    value
        The number, or None where there is none yet.
    unit
        Its unit; "" for a pure number.
    better
        Which end is good; "" where neither is.
    digits
        Significant digits.
    """

    label: str
    value: float | None
    unit: str = ""
    better: Better = ""
    digits: int = 3

    @property
    def text(self) -> str:
        """Number and unit.

        Examples
        --------
        >>> Score("PSNR", 21.537, "dB", "high").text
        '21.5 dB'
        >>> Score("samples", 5000, digits=1).text
        '5,000'
        """
        if self.value is None:
            return "–"
        if float(self.value).is_integer() and abs(self.value) < 1e15:
            number = number_text(int(self.value), ",")
        else:
            number = number_text(self.value, f".{self.digits}g")
        return f"{number} {self.unit}".strip()

    @property
    def title(self) -> str:
        """Label with an arrow to the good end."""
        return f"{self.label} {_ARROW[self.better]}".strip()

    @property
    def told(self) -> str:
        """Which end is good, in words."""
        return _GOOD[self.better]


def metric(score: Score, *, beside: Score | None = None, help: str = "") -> None:
    """Show a score; with `beside`, how far it is from that one (green where that is good)."""
    delta = None
    if beside is not None and score.value is not None and beside.value is not None:
        difference = score.value - beside.value
        delta = _(
            "{difference} {unit} against {label}",
            difference=number_text(difference, f"+.{score.digits}g"),
            unit=score.unit,
            label=beside.label,
        )
    words = " ".join(
        word for word in (help, f"{_(score.told).capitalize()}." if score.told else "") if word
    )
    st.metric(
        score.title,
        score.text,
        delta=delta,
        delta_color=_DELTA[score.better],
        help=words or None,
    )
