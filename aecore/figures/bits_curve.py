"""Precision of a search by binary codes over their number of bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aecore.figures.colours import CLASS_COLOURS
from aecore.figures.layout import plain_layout

_GREY = CLASS_COLOURS[7]
_STYLE = ((CLASS_COLOURS[0], None), (_GREY, "dash"), (_GREY, "dot"))


def bits_figure(
    n_bits: Sequence[int],
    precision: Mapping[str, Sequence[float]],
    *,
    full: float,
    enough: float,
    title: str,
    height_px: int = 300,
) -> Any:
    """A line a method, the first one strong; the precision of the codes themselves above.

    Parameters
    ----------
    n_bits
        `(k,)`, rising.
    precision
        Method to `(k,)`, 0 to 1.
    full
        Precision of the codes themselves.
    enough
        Share of it that is enough, drawn as a thin line.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=plain_layout(height_px))
    figure.add_hline(
        y=full,
        line={"color": CLASS_COLOURS[1], "width": 1.5},
        annotation={"text": "the codes themselves", "yanchor": "bottom"},
    )
    figure.add_hline(
        y=enough * full,
        line={"color": CLASS_COLOURS[1], "width": 1, "dash": "dot"},
        annotation={"text": f"{100 * enough:.0f} % of it", "yanchor": "top"},
    )
    for (name, values), (colour, dash) in zip(precision.items(), _STYLE, strict=False):
        figure.add_scatter(
            x=list(n_bits),
            y=list(values),
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 3 if dash is None else 2, "dash": dash},
            marker={"size": 7},
            hovertemplate="%{y:.3f} with %{x} bits<extra>" + name + "</extra>",
        )
    figure.update_layout(margin={"t": 56})
    figure.update_xaxes(
        title="bits", type="log", tickvals=list(n_bits), ticktext=[f"{n:,}" for n in n_bits]
    )
    figure.update_yaxes(title=title)
    return figure
