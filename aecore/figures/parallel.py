"""Parallel coordinates: many columns of a table side by side, a line a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aecore.figures.colours import sequential_scale
from aecore.figures.layout import plain_layout


def parallel_figure(
    columns: Mapping[str, tuple[np.ndarray, Sequence[str]]],
    colour: np.ndarray,
    *,
    title: str,
    height_px: int = 320,
) -> Any:
    """An axis a column, in its own units, each line a row.

    Inselberg 1985, "The plane with parallel coordinates", The Visual Computer 1. Dragging along an
    axis keeps only the rows that pass there.

    Parameters
    ----------
    columns
        Name to values `(n,)`, and the words that they are indices of; no words: numbers.
    colour
        `(n,)`, what lines are coloured by.
    title
        What the colours mean.
    """
    import plotly.graph_objects as go

    found = []
    for name, (values, words) in columns.items():
        about: dict[str, Any] = {"label": name[:24], "values": np.nan_to_num(values)}
        if words:
            ticks = list(range(len(words)))
            about |= {"tickvals": ticks, "ticktext": [word[:16] for word in words]}
        found.append(about)
    low, high = (float(np.quantile(colour, at)) for at in (0.0, 0.98)) if len(colour) else (0.0, 1)
    figure = go.Figure(layout=plain_layout(height_px))
    figure.add_parcoords(
        dimensions=found,
        line={
            "color": colour,
            "colorscale": sequential_scale(),
            "cmin": low,
            "cmax": max(high, low + 1e-9),
            "showscale": True,
            "colorbar": {"title": {"text": title, "side": "right"}, "thickness": 12},
        },
        labelfont={"size": 12},
    )
    figure.update_layout(margin={"l": 56, "r": 24, "t": 52, "b": 24})
    return figure
