"""Counts as calm horizontal bars: how many samples each class has."""

from __future__ import annotations

from collections.abc import Mapping

from aecore.figures.colours import UNLABELLED, class_colours
from pages.ui.components import component, pack
from pages.ui.translation import _


def bars(counts: Mapping[str, int], *, key: str, n_other: int = 0, height_px: int = 320) -> None:
    """Draw a bar a name, in the colour the class has everywhere.

    Parameters
    ----------
    counts
        Name (any text, it is shown as it stands) to count, in the order of the labels.
    n_other
        Samples without a class; shown last, in grey, where there are some.
    height_px
        Longer lists scroll.
    """
    component("bars")(key=key, data=message(counts, n_other, height_px))


def message(counts: Mapping[str, int], n_other: int, height_px: int) -> bytes:
    """What the browser gets."""
    names, numbers, colours = list(counts), list(counts.values()), class_colours(len(counts))
    if n_other:
        names, numbers = [*names, _("no class")], [*numbers, n_other]
        colours = [*colours, UNLABELLED]
    head = {
        "names": names,
        "counts": numbers,
        "texts": [f"{n:,}" for n in numbers],
        "colours": colours,
        "height": height_px,
    }
    return pack(head, {})
