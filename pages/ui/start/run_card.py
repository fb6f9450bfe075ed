"""A run at a glance: title, what it rebuilds, key numbers, how it stands, and where to go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from aecore.figures.pictures import as_rgb, enlarge, mosaic, to_png
from pages.ui.job_status import JobStatus, status_chip
from pages.ui.markdown import escape
from pages.ui.score import Score
from pages.ui.translation import _

_GAP_PX = 6


@dataclass(frozen=True)
class Action:
    """A button of a card."""

    label: str
    do: Callable[[], None]
    icon: str | None = None
    primary: bool = False


@dataclass(frozen=True)
class Card:
    """What a card shows.

    Parameters
    ----------
    key
        Of the run; the widgets of the card are named by it.
    title, subtitle
        What was trained, on what. Plain text.
    standing
        How it stands.
    strip
        Originals and reconstructions (corrupted between them, where there are such), uint8
        `(2 or 3, n, C, H, W)`; None where there are none yet.
    scores
        Two or three key numbers.
    tools
        Draws what else can be done with it, behind the actions.
    """

    key: str
    title: str
    subtitle: str
    standing: JobStatus
    strip: np.ndarray | None = None
    scores: Sequence[Score] = ()
    actions: Sequence[Action] = field(default=())
    tools: Callable[[], None] = lambda: None


def run_card(card: Card) -> None:
    """Draw the card in the container that is open."""
    with st.container(border=True, key=f"card.{card.key}", height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(f"**{escape(card.title)}**", width="stretch")
            status_chip(card.standing)
        st.caption(escape(card.subtitle))
        if card.strip is not None:
            st.image(
                strip_png(card.strip),
                width="stretch",
                alt=_("originals above, reconstructions below"),
            )
        if card.scores:
            st.markdown(
                " &nbsp;·&nbsp; ".join(
                    f":gray[{escape(_(score.title))}] **{escape(score.text)}**"
                    for score in card.scores
                )
            )
        if card.actions:
            with st.container(horizontal=True, gap="small"):
                for action in card.actions:
                    st.button(
                        action.label,
                        key=f"card.{card.key}.{action.label}",
                        icon=action.icon,
                        type="primary" if action.primary else "secondary",
                        on_click=action.do,
                    )
                card.tools()


def strip_png(strip: np.ndarray, width_px: int = 900) -> bytes:
    """Originals over reconstructions as one PNG, enlarged so that no screen blurs it.

    `strip` is uint8 `(n_rows, n, C, H, W)`.
    """
    _unused, n, _unused, _unused, width = strip.shape
    tiles = enlarge(np.concatenate([as_rgb(row) for row in strip]), max(1, width_px // (n * width)))
    sheet = mosaic(tiles, n, gap_px=_GAP_PX)
    seen = mosaic(np.full_like(tiles, 255), n, gap_px=_GAP_PX)  # gaps let either theme through
    return to_png(np.concatenate([sheet, seen[..., :1]], axis=-1))
