"""What every plotly figure has in common."""

from __future__ import annotations

from typing import Any


def plain_layout(height_px: int) -> Any:
    """A calm frame: no toolbar text, a legend on top, room for nothing but the drawing."""
    import plotly.graph_objects as go

    return go.Layout(
        height=height_px,
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        bargap=0.04,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
