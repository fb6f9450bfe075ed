"""A map of codes as a plotly figure: points coloured by group or by value, hovered by name."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.figures.colours import (
    CLASS_COLOURS,
    UNLABELLED,
    class_colours,
    sequential_scale,
)
from aecore.figures.layout import plain_layout
from aecore.sentence import Say, Sentence

N_IN_LEGEND = 40
_STAR = "#E8112D"


@dataclass(frozen=True)
class Groups:
    """Points that belong to named groups: classes, or parts of the data.

    Parameters
    ----------
    index
        int `(n,)`, the group of each point; -1 for none.
    names
        Of the groups, for the legend.
    other
        What to call the points of no group.
    """

    index: np.ndarray
    names: tuple[str, ...]
    other: str = Sentence("unlabelled")


@dataclass(frozen=True)
class Values:
    """Points that carry a number: an error, or one dimension of the code.

    Parameters
    ----------
    value
        float `(n,)`; what is not finite is drawn grey.
    title
        What the number is, its unit, and which end is good.
    """

    value: np.ndarray
    title: str


Colouring = Groups | Values


def map_figure(
    positions: np.ndarray,
    *,
    axes: Sequence[str],
    colour: Colouring | None = None,
    names: list[str] | None = None,
    own: np.ndarray | None = None,
    ticks: bool = True,
    height_px: int = 600,
    say: Say = Sentence,
) -> Any:
    """Draw a map; each point's `customdata` is its place, its row in `positions`.

    Parameters
    ----------
    positions
        `(n, 2)` or `(n, 3)`; points with a number that is not finite are left out.
    axes
        Name of each axis.
    colour
        Groups (one trace each, so that the legend hides and shows them) or values (one trace).
    names
        What stands beside a point under the pointer, `n` of them, see `as_text`; None: its place.
    own
        Positions of own pictures, `(m, 2)` or `(m, 3)`, drawn as stars.
    ticks
        Whether the axes carry numbers; those of UMAP and t-SNE mean nothing.
    say
        Says its words in a language.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=plain_layout(height_px))
    is_flat = positions.shape[1] == 2
    add = figure.add_scattergl if is_flat else figure.add_scatter3d
    texts = np.array(names or [f"#{place}" for place in range(len(positions))], object)
    size_px = _size_px(len(positions)) if is_flat else 2.5
    finite = np.isfinite(positions).all(1)

    def draw(places: np.ndarray, name: str, marker: dict[str, Any]) -> None:
        if is_flat:
            marker = {**marker, "opacity": 0.8}
        add(
            **_xyz(positions[places]),
            mode="markers",
            name=name,
            marker={"size": size_px, "line": {"width": 0}, **marker},
            customdata=places.astype(np.int32),
            text=texts[places].tolist(),
            hovertemplate="%{text}<extra></extra>",
            **({"unselected": {"marker": {"opacity": 0.12}}} if is_flat else {}),
        )

    if isinstance(colour, Values):
        _draw_values(draw, colour, finite, say)
    else:
        _draw_groups(draw, colour, finite, say)
    if own is not None and len(own):
        add(
            **_xyz(own),
            mode="markers",
            name=say("your picture"),
            marker={
                "symbol": "star" if is_flat else "diamond",
                "size": 20 if is_flat else 8,
                "color": _STAR,
                "line": {"width": 1.5, "color": "white"},
            },
            hovertemplate=say("your picture") + "<extra></extra>",
        )
    figure.update_layout(
        # a scale of values stands where the legend would
        showlegend=not isinstance(colour, Values) and 1 < len(figure.data) <= N_IN_LEGEND,
        legend={"itemsizing": "constant", "tracegroupgap": 0},
        dragmode="lasso" if is_flat else "orbit",
        modebar={  # beside the points, not over the legend
            "orientation": "v",
            "bgcolor": "rgba(0,0,0,0)",
            "color": CLASS_COLOURS[7],
            "activecolor": CLASS_COLOURS[0],
        },
        margin={"r": 40},
    )
    _name_axes(figure, axes, is_flat, ticks)
    return figure


def as_text(text: str) -> str:
    """A person's text, such as a file name, for Plotly, which would read a few tags in it.

    Examples
    --------
    >>> as_text("<b>cats & dogs</b>")
    '&lt;b&gt;cats &amp; dogs&lt;/b&gt;'
    """
    return html.escape(text[:80], quote=False)


def _size_px(n: int) -> float:
    """Smaller points where there are many, so that they hide each other less."""
    return float(np.clip(14 - 2.4 * np.log10(max(1, n)), 4, 9))


def _xyz(positions: np.ndarray) -> dict[str, np.ndarray]:
    columns = positions.T.astype(np.float32)
    return dict(zip("xyz", columns, strict=False))


def _draw_values(draw: Any, colour: Values, finite: np.ndarray, say: Say) -> None:
    known = finite & np.isfinite(colour.value)
    if (finite & ~known).any():
        draw(np.flatnonzero(finite & ~known), say("no value"), {"color": UNLABELLED})
    places = np.flatnonzero(known)
    value = colour.value[places].astype(np.float32)
    # A few far values would leave all others one colour.
    low, high = np.quantile(value, [0.01, 0.99]) if len(value) else (0.0, 1.0)
    draw(
        places,
        colour.title,
        {
            "color": value,
            "colorscale": value_scale(),
            "cmin": float(low),
            "cmax": float(high) if high > low else float(low) + 1.0,
            "colorbar": {
                "title": {"text": colour.title, "side": "top"},
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.0,
                "yanchor": "bottom",
                "len": 0.6,
                "thickness": 10,
                "outlinewidth": 0,
                "nticks": 6,
            },
        },
    )


def value_scale() -> list[list[Any]]:
    """The sequential map without its ends, which would not show on a dark or a light page."""
    inner = [colour for _, colour in sequential_scale()][1:-1]
    return [
        [at, colour]
        for at, colour in zip(np.linspace(0, 1, len(inner)).tolist(), inner, strict=True)
    ]


def _draw_groups(draw: Any, colour: Groups | None, finite: np.ndarray, say: Say) -> None:
    if colour is None:
        draw(np.flatnonzero(finite), say("pictures"), {"color": CLASS_COLOURS[0]})
        return
    without = np.flatnonzero(finite & ((colour.index < 0) | (colour.index >= len(colour.names))))
    if len(without):  # first, so that they lie under the others
        draw(without, colour.other, {"color": UNLABELLED})
    for i, (name, shade) in enumerate(
        zip(colour.names, class_colours(len(colour.names)), strict=True)
    ):
        places = np.flatnonzero(finite & (colour.index == i))
        if len(places):
            draw(places, as_text(name), {"color": shade})


def _name_axes(figure: Any, axes: Sequence[str], is_flat: bool, ticks: bool) -> None:
    plain = {"showticklabels": ticks, "zeroline": False}
    if is_flat:
        figure.update_xaxes(title=axes[0], showgrid=ticks, **plain)
        # One unit is as long across as up: distances on the screen are those of the map.
        figure.update_yaxes(title=axes[1], showgrid=ticks, scaleanchor="x", scaleratio=1, **plain)
    else:
        named = zip(("xaxis", "yaxis", "zaxis"), axes, strict=False)
        figure.update_scenes(
            aspectmode="data", **{name: {"title": {"text": axis}, **plain} for name, axis in named}
        )
