"""Codes of a fixed sample as points in a plane, coloured by class, gliding as training goes on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecore.figures.colours import UNLABELLED, class_colours
from pages.ui.components import pack
from pages.ui.translation import _

N_CODES = 2000
_NO_LABEL = 65535


def message(
    xy: np.ndarray,
    labels: np.ndarray | None,
    names: Sequence[str],
    *,
    run: str,
    rev: int | str,
    height_px: int,
) -> bytes:
    """What the browser gets: at most 2,000 codes, the first ones where there are more.

    Parameters
    ----------
    xy
        Places, `(n, 2)`.
    labels
        int `(n,)`, -1 where a sample has none; None where no sample has one.
    names
        Name of each label.
    run
        What the codes belong to: within one run they glide to their new places.
    rev
        Changes when the places do (the epoch).
    """
    xy = np.asarray(xy, np.float32)[:N_CODES]
    found = np.full(len(xy), -1) if labels is None else np.asarray(labels)[: len(xy)]
    n_classes = max(len(names), int(found.max(initial=-1)) + 1, 1)
    head = {
        "run": run,
        "rev": rev,
        "height": height_px,
        "label": _("{n_xy} codes in a plane, coloured by class", n_xy=len(xy)),
        "names": list(names),
        "colours": class_colours(n_classes),
        "unlabelled": UNLABELLED,
    }
    shown = np.where(found < 0, _NO_LABEL, found).astype(np.uint16)
    return pack(head, {"xy": xy, "labels": shown})
