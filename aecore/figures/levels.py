"""Scores over the level of a noise: one line a method, and a mark where the model was trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from aecore.figures.colours import CLASS_COLOURS
from aecore.figures.layout import plain_layout
from aecore.sentence import Say, Sentence

Role = Literal["input", "model", "filter"]


@dataclass(frozen=True)
class LevelCurve:
    """One line.

    Parameters
    ----------
    y
        Score at each level, `(k,)`; NaN breaks the line.
    role
        "model" is drawn strong, "input" dashed and grey, a "filter" thin.
    """

    name: str
    y: np.ndarray
    role: Role = "filter"


def levels_figure(
    levels: np.ndarray,
    curves: Sequence[LevelCurve],
    *,
    title: str,
    level_title: str,
    trained_at: float | None = None,
    now_at: float | None = None,
    height_px: int = 320,
    say: Say = Sentence,
) -> Any:
    """Curves over the level of the noise as a plotly figure.

    Parameters
    ----------
    levels
        `(k,)`, rising.
    title
        What the score is, its unit, which end is good.
    level_title
        What the level is.
    trained_at, now_at
        The level the model met in training, and the one that is looked at.
    say
        Says its words in a language.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=plain_layout(height_px))
    hover = say("{score} at level {level}", score="%{y:.3g}", level="%{x:.3g}")
    n_filters = 0
    for curve in curves:
        if curve.role == "filter":
            n_filters += 1
        figure.add_scatter(
            x=levels,
            y=curve.y,
            name=curve.name,
            mode="lines+markers" if curve.role == "model" else "lines",
            line=_line(curve.role, n_filters),
            marker={"size": 7},
            hovertemplate=hover + f"<extra>{curve.name}</extra>",
        )
    marks = (
        (trained_at, say("trained here"), "dash", "top right"),
        (now_at, say("shown"), "dot", "bottom right"),
    )
    for level, words, dash, corner in marks:
        if level is not None:
            figure.add_vline(
                x=level,
                line={"color": CLASS_COLOURS[7], "width": 1.5, "dash": dash},
                annotation={"text": words, "font": {"size": 12}},
                annotation_position=corner,
            )
    figure.update_layout(margin={"t": 56})
    figure.update_xaxes(title=level_title)
    figure.update_yaxes(title=title)
    return figure


def _line(role: Role, n: int) -> dict[str, Any]:
    if role == "model":
        return {"color": CLASS_COLOURS[0], "width": 3.5}
    if role == "input":
        return {"color": CLASS_COLOURS[7], "width": 2, "dash": "dash"}
    return {"color": CLASS_COLOURS[1 + (n - 1) % 6], "width": 1.75}
