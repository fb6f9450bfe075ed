"""The live loss chart: curves over epochs that keep zoom and scale while they grow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from aecore.figures.curves import Curve, term_colours, thin
from pages.ui.components import pack
from pages.ui.translation import _, mark

N_POINTS = 800
_PARTS = {"train": mark("train"), "val": mark("validation"), "test": mark("test")}


@dataclass(frozen=True)
class Mark:
    """A vertical line: "best epoch", "validation starts to rise"."""

    x: float
    """Epoch."""
    label: str


def message(
    curves: Sequence[Curve], run: str, marks: Sequence[Mark], log: bool, height_px: int
) -> bytes:
    """What the browser gets: every curve whole, thinned, so that a lost message costs nothing.

    Parameters
    ----------
    curves
        Train and validation curves of a term share its name, and so its colour.
    run
        What the curves belong to; zoom is kept while it stays the same.
    log
        Whether the axis of the loss begins as a logarithmic one.
    """
    colours = term_colours(curves)
    head = {
        "run": run,
        "log": log,
        "height": height_px,
        "label": _("Loss over epochs: {curves}", curves=", ".join(curve.label for curve in curves)),
        "marks": [asdict(each) for each in marks],
        "curves": [
            {
                "name": _(curve.name),
                "part": curve.part,
                "part_name": _(_PARTS.get(curve.part, curve.part)),
                "dashed": curve.part != "train",
                "colour": colours[curve.name],
            }
            for curve in curves
        ],
    }
    arrays = {}
    for i, curve in enumerate(curves):
        thinned = thin(curve.x, curve.y, N_POINTS)
        arrays[f"x{i}"], arrays[f"y{i}"] = thinned.x, thinned.y
    return pack(head, arrays)
