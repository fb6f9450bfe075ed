"""How the errors of single samples are spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.figures.colours import CLASS_COLOURS
from aecore.figures.layout import plain_layout
from aecore.sentence import Say, Sentence


@dataclass(frozen=True)
class Histogram:
    """Counts between edges: `(n_bins,)` and `(n_bins + 1,)`."""

    counts: np.ndarray
    edges: np.ndarray


def error_histogram(errors: np.ndarray, n_bins: int = 40) -> Histogram:
    """How many samples have which error; what is not finite is left out."""
    finite = errors[np.isfinite(errors)]
    if not len(finite):
        return Histogram(np.zeros(1, int), np.array([0.0, 1.0]))
    counts, edges = np.histogram(finite, bins=n_bins)
    return Histogram(counts, edges)


def histogram_figure(
    errors: Mapping[str, np.ndarray],
    *,
    title: str,
    n_bins: int = 40,
    height_px: int = 280,
    say: Say = Sentence,
) -> Any:
    """Error histograms, one colour a name, over shared bins.

    Parameters
    ----------
    errors
        Name to one error a sample, `(n,)` each.
    title
        What the horizontal axis says: the error, its unit, which end is good.
    say
        Says its words in a language.
    """
    import plotly.graph_objects as go

    edges = error_histogram(np.concatenate(list(errors.values())), n_bins).edges
    figure = go.Figure(layout=plain_layout(height_px))
    hover = say("{n} samples near {x}", n="%{y}", x="%{x:.4g}")
    for i, (name, values) in enumerate(errors.items()):
        counts, _ = np.histogram(values[np.isfinite(values)], bins=edges)
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=np.diff(edges),
            name=name,
            marker={"color": CLASS_COLOURS[i % len(CLASS_COLOURS)], "opacity": 0.75},
            hovertemplate=hover + f"<extra>{name}</extra>",
        )
    figure.update_layout(barmode="overlay", showlegend=len(errors) > 1)
    figure.update_xaxes(title=title)
    figure.update_yaxes(title=say("samples"))
    return figure
