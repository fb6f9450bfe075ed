"""What speaks for a suggestion, and what against it, as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aecore.figures.colours import CLASS_COLOURS
from aecore.figures.layout import plain_layout
from aecore.figures.scatter import as_text


def reasons_figure(
    names: Sequence[str], changes: np.ndarray, *, title: str, height_px: int | None = None
) -> Any:
    """Horizontal bars in the order given, the first on top; those below 0 in grey.

    Parameters
    ----------
    changes
        `(n,)`, of each choice.
    title
        What is measured, and its unit.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout=plain_layout(height_px or 90 + 26 * max(3, len(names))))
    lines = list(range(len(names)))
    figure.add_bar(
        x=[float(change) for change in changes],
        y=lines,
        orientation="h",
        marker={
            "color": [CLASS_COLOURS[0] if change > 0 else CLASS_COLOURS[7] for change in changes]
        },
        text=[f"{change:+.2f}" for change in changes],
        hovertext=[as_text(name) for name in names],
        hovertemplate="%{hovertext}: %{x:+.3f}<extra></extra>",
    )
    figure.update_xaxes(title=title, zeroline=True)
    figure.update_yaxes(
        autorange="reversed",
        tickvals=lines,
        ticktext=[as_text(name[:28] + ("…" if len(name) > 28 else "")) for name in names],
        ticksuffix="  ",
    )
    return figure
