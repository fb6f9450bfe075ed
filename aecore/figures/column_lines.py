"""How columns of a table change along a walk, as lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aecore.figures.colours import CLASS_COLOURS
from aecore.figures.layout import plain_layout
from aecore.sentence import Say, Sentence


def column_lines_figure(
    at_values: np.ndarray,
    columns: Mapping[str, np.ndarray],
    *,
    at: float,
    title: str,
    height_px: int = 400,
    say: Say = Sentence,
) -> Any:
    """A line a column over the values that a number of the code takes.

    Parameters
    ----------
    at_values
        `(n,)`, along the horizontal axis.
    columns
        Name to `(n,)`, in standard deviations of the column.
    at
        Where the walk began; marked.
    title
        Of the horizontal axis.
    say
        Says its words in a language.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=plain_layout(height_px))
    for i, (name, values) in enumerate(columns.items()):
        figure.add_scatter(
            x=at_values,
            y=values,
            mode="lines+markers",
            name=name[:24],
            line={"color": CLASS_COLOURS[i % len(CLASS_COLOURS)], "width": 2},
            hovertemplate="%{y:.2f}<extra>" + name[:40].replace("<", "&lt;") + "</extra>",
        )
    figure.add_vline(x=at, line={"color": "#7A8288", "width": 1, "dash": "dot"})
    figure.update_xaxes(title=title)
    figure.update_yaxes(title=say("standard deviations"))
    figure.update_layout(legend={"y": -0.18, "yanchor": "top"}, margin={"t": 12})
    return figure
