"""How odd groups of samples are, with the line above which there is an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aecore.figures.colours import CLASS_COLOURS
from aecore.figures.layout import plain_layout
from aecore.sentence import Say, Sentence

_COLOURS = (CLASS_COLOURS[7], CLASS_COLOURS[0], CLASS_COLOURS[1])


def oddness_figure(
    groups: Mapping[str, np.ndarray],
    threshold: float,
    *,
    title: str,
    n_bins: int = 60,
    height_px: int = 380,
    say: Say = Sentence,
) -> Any:
    """Histograms of scores, each group to the same area, on a log axis where all are above 0.

    Parameters
    ----------
    groups
        Name to scores, `(n,)` each; the first is drawn in grey.
    threshold
        Where the line stands.
    say
        Says its words in a language.
    """
    import plotly.graph_objects as go

    every = np.concatenate([*groups.values(), [threshold]])
    is_log = bool((every > 0).all())
    to_axis = np.log10 if is_log else np.asarray
    edges = np.histogram_bin_edges(to_axis(every), bins=n_bins)
    figure = go.Figure(layout=plain_layout(height_px))
    near = say("{share} near {x}", share="%{y:.1f} %", x="%{x:.4g}")
    for (name, scores), colour in zip(groups.items(), _COLOURS, strict=False):
        counts, _ = np.histogram(to_axis(scores), bins=edges)
        middle = (edges[:-1] + edges[1:]) / 2
        figure.add_scatter(
            x=10**middle if is_log else middle,
            y=100 * counts / max(1, len(scores)),
            name=name,
            mode="lines",
            line={"color": colour, "width": 2, "shape": "hvh"},
            fill="tozeroy",
            hovertemplate=near + f"<extra>{name}</extra>",
        )
    figure.add_vline(x=threshold, line={"color": CLASS_COLOURS[4], "width": 3})
    figure.add_annotation(  # plotly wants the logarithm here, and not of a line
        x=float(to_axis(np.float64(threshold))),
        y=1.0,
        yref="paper",
        text=say("alarm →"),
        showarrow=False,
        xanchor="left",
        yanchor="top",
    )
    figure.update_xaxes(title=title, type="log" if is_log else "linear")
    figure.update_yaxes(title=say("share of the group"), ticksuffix=" %")
    return figure
