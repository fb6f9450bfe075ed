"""Accuracy over the number of labels: one line a method, and a band for the draws of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from aecore.figures.colours import CLASS_COLOURS, to_rgb
from aecore.figures.layout import plain_layout
from aecore.sentence import Say, Sentence

Role = Literal["model", "rival", "yardstick", "beside"]
_STYLE: dict[Role, tuple[str, float, str | None]] = {
    "model": (CLASS_COLOURS[0], 3.5, None),
    "rival": (CLASS_COLOURS[1], 2.5, None),
    "yardstick": (CLASS_COLOURS[7], 2.0, "dash"),
    "beside": (CLASS_COLOURS[7], 1.75, "dot"),
}
_BAND = 0.14


@dataclass(frozen=True)
class LabelLine:
    """One method.

    Parameters
    ----------
    mean, low, high
        Shares in [0, 1], `(k,)`: over the draws of labels, of the worst and of the best.
    role
        "model" is drawn strong, a "rival" beside it, a "yardstick" grey and dashed, what stands
        "beside" dotted and without a band.
    """

    name: str
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    role: Role = "model"


def label_curves_figure(
    n_labels: Sequence[int],
    lines: Sequence[LabelLine],
    *,
    title: str,
    are_differences: bool = False,
    height_px: int = 340,
    say: Say = Sentence,
) -> Any:
    """Lines over the number of labels (a logarithmic axis), shares in percent.

    Parameters
    ----------
    n_labels
        `(k,)`, rising.
    lines
        The first in the legend first; bands lie below all lines.
    title
        What the shares are, and which end is good.
    are_differences
        Whether the lines are differences of shares, in points, with a line at 0.
    say
        Says its words in a language.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=plain_layout(height_px))
    form = ":+.1f" if are_differences else ":.1f"
    shown = {
        "value": f"%{{y{form}}}",
        "n_labels": "%{x:,}",
        "low": f"%{{customdata[0]{form}}}",
        "high": f"%{{customdata[1]{form}}}",
    }
    if are_differences:
        hover = say("{value} points with {n_labels} labels ({low} to {high})", **shown)
        figure.add_hline(y=0, line={"color": CLASS_COLOURS[7], "width": 1.5, "dash": "dash"})
    else:
        hover = say("{value} % with {n_labels} labels ({low} to {high})", **shown)
    x = list(n_labels)
    for line in lines:
        if line.role != "beside":
            figure.add_scatter(
                x=[*x, *x[::-1]],
                y=100 * np.concatenate([line.high, line.low[::-1]]),
                fill="toself",
                fillcolor=f"rgba{(*to_rgb(_STYLE[line.role][0]), _BAND)}",
                line={"width": 0},
                mode="lines",
                hoverinfo="skip",
                showlegend=False,
                legendgroup=line.name,
            )
    for line in lines:
        colour, width, dash = _STYLE[line.role]
        figure.add_scatter(
            x=x,
            y=100 * np.asarray(line.mean),
            name=line.name,
            legendgroup=line.name,
            mode="lines" if line.role == "beside" else "lines+markers",
            line={"color": colour, "width": width, "dash": dash},
            marker={"size": 7},
            customdata=100 * np.stack([line.low, line.high], axis=1),
            hovertemplate=f"{hover}<extra>{line.name}</extra>",
        )
    figure.update_layout(margin={"t": 56})
    figure.update_xaxes(
        title=say("labels"),
        type="log",
        tickvals=x,
        ticktext=[f"{n:,}" for n in x],
        minor={"ticks": ""},
    )
    figure.update_yaxes(title=title, ticksuffix="" if are_differences else " %")
    return figure
