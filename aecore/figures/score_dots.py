"""Runs side by side: dots with whiskers for one score, and accuracy over the number of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.figures.colours import CLASS_COLOURS
from aecore.figures.layout import plain_layout
from aecore.sentence import Say, Sentence

GREY = CLASS_COLOURS[7]


@dataclass(frozen=True)
class Dot:
    """One method's score.

    Parameters
    ----------
    low, high
        Where the mean may lie; the value itself where nothing is known.
    is_yardstick
        Whether it is drawn in grey: PCA, pixels.
    """

    name: str
    value: float
    low: float
    high: float
    is_yardstick: bool = False


def dots_figure(
    dots: Sequence[Dot],
    *,
    title: str,
    reference: str | None = None,
    height_px: int | None = None,
    say: Say = Sentence,
) -> Any:
    """Dots with whiskers, one a line; a dashed line goes through the reference's dot.

    `title` says what is measured, its unit, and which end is good; `say` says words in a language.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=plain_layout(height_px or 96 + 40 * len(dots)))
    for dot in dots:
        is_reference = dot.name == reference
        if is_reference:
            figure.add_vline(x=dot.value, line={"color": GREY, "width": 1.5, "dash": "dash"})
        figure.add_scatter(
            x=[dot.value],
            y=[dot.name],
            mode="markers",
            marker={
                "size": 12,
                "color": GREY if dot.is_yardstick else CLASS_COLOURS[0],
                "symbol": "diamond" if is_reference else "circle",
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [dot.high - dot.value],
                "arrayminus": [dot.value - dot.low],
                "thickness": 2.5,
                "width": 7,
            },
            hovertemplate=say(
                "{name}: {value} ({low:.4g} to {high:.4g})",
                name="%{y}",
                value="%{x:.4g}",
                low=dot.low,
                high=dot.high,
            )
            + "<extra></extra>",
        )
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title=title)
    figure.update_yaxes(autorange="reversed", type="category", ticksuffix="  ")
    return figure


def labels_figure(
    n_labels: Sequence[int],
    accuracy: Mapping[str, np.ndarray],
    *,
    yardsticks: Sequence[str] = (),
    title: str,
    height_px: int = 320,
    say: Say = Sentence,
) -> Any:
    """Accuracy over the number of labels, both as they are read: shares in percent, log labels.

    Parameters
    ----------
    accuracy
        Name of a method to shares in [0, 1], `(len(n_labels),)`; NaN breaks the line.
    yardsticks
        Names of methods that are drawn in grey, dashed.
    say
        Says its words in a language.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=plain_layout(height_px))
    hover = say("{share} with {n_labels} labels", share="%{y:.1f} %", n_labels="%{x:,}")
    n_models = 0
    for name, shares in accuracy.items():
        is_yardstick = name in yardsticks
        colour = GREY if is_yardstick else CLASS_COLOURS[n_models % 7]
        n_models += not is_yardstick
        dash = (
            ("dash", "dot", "dashdot")[list(yardsticks).index(name) % 3] if is_yardstick else None
        )
        figure.add_scatter(
            x=list(n_labels),
            y=100 * np.asarray(shares),
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2 if is_yardstick else 3, "dash": dash},
            marker={"size": 7},
            hovertemplate=hover + f"<extra>{name}</extra>",
        )
    figure.update_layout(margin={"t": 56})
    figure.update_xaxes(
        title=say("labels"),
        type="log",
        tickvals=list(n_labels),
        ticktext=[f"{n:,}" for n in n_labels],
    )
    figure.update_yaxes(title=title, ticksuffix=" %")
    return figure
