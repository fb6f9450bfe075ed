"""Precision of a search by binary codes over their number of bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aecore.figures.colours import CLASS_COLOURS
from aecore.figures.layout import plain_layout
from aecore.sentence import Say, Sentence

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
    say: Say = Sentence,
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
    say
        Says its words in a language.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=plain_layout(height_px))
    hover = say("{precision} with {n_bits} bits", precision="%{y:.3f}", n_bits="%{x}")
    figure.add_hline(
        y=full,
        line={"color": CLASS_COLOURS[1], "width": 1.5},
        annotation={"text": say("the codes themselves"), "yanchor": "bottom"},
    )
    figure.add_hline(
        y=enough * full,
        line={"color": CLASS_COLOURS[1], "width": 1, "dash": "dot"},
        annotation={"text": say("{percent:.0f} % of it", percent=100 * enough), "yanchor": "top"},
    )
    for (name, values), (colour, dash) in zip(precision.items(), _STYLE, strict=False):
        figure.add_scatter(
            x=list(n_bits),
            y=list(values),
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 3 if dash is None else 2, "dash": dash},
            marker={"size": 7},
            hovertemplate=hover + f"<extra>{name}</extra>",
        )
    figure.update_layout(margin={"t": 56})
    figure.update_xaxes(
        title=say("bits"), type="log", tickvals=list(n_bits), ticktext=[f"{n:,}" for n in n_bits]
    )
    figure.update_yaxes(title=title)
    return figure
