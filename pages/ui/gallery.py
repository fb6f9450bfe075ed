"""Pictures on a page: one mosaic on the wire, enlarged without blur and to one scale, captioned."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

import numpy as np

from aecore.figures.colours import sequential_scale
from aecore.figures.pictures import as_rgb, mosaic, to_png
from pages.ui.components import component, pack
from pages.ui.translation import _


def gallery(
    pictures: np.ndarray,
    captions: Sequence[str] = (),
    *,
    key: str,
    target_px: int = 96,
    clickable: bool = False,
    picked: int | None = None,
) -> int | None:
    """Pictures in as many columns as fit.

    Parameters
    ----------
    pictures
        uint8 `(n, C, H, W)`, or `(n, H, W, 3)`.
    captions
        One a picture; any text, it is shown as it stands.
    target_px
        Width to enlarge to, at most; by a whole factor, so that pixels stay square.
    clickable, picked
        Whether a click is answered, and which picture is framed as chosen.

    Returns
    -------
    int or None
        The picture that was clicked just now.
    """
    data = message(
        {"": pictures}, captions, target_px=target_px, clickable=clickable, picked=picked
    )
    return _mount(data, key, len(pictures))


def comparison(
    rows: Mapping[str, np.ndarray],
    captions: Sequence[str] = (),
    *,
    key: str,
    target_px: int = 112,
    error_top: float | None = None,
    clickable: bool = False,
    picked: int | None = None,
) -> int | None:
    """Named rows over the same samples: original, reconstruction, error map.

    Parameters
    ----------
    rows
        Name to pictures, all of the same shape but for the channels.
    captions
        One a column.
    error_top
        Where one row is an error map: the error in its lightest colour, in [0, 1] of the full
        range; its scale is drawn below.

    Returns
    -------
    int or None
        The column that was clicked just now.
    """
    data = message(
        rows,
        captions,
        target_px=target_px,
        error_top=error_top,
        clickable=clickable,
        picked=picked,
    )
    return _mount(data, key, len(next(iter(rows.values()))))


def message(
    rows: Mapping[str, np.ndarray],
    captions: Sequence[str],
    *,
    target_px: int,
    error_top: float | None = None,
    clickable: bool = False,
    picked: int | None = None,
) -> bytes:
    """What the browser gets: a header and one PNG with all pictures at their own size."""
    rgb = np.concatenate([_rgb(pictures) for pictures in rows.values()])
    n = len(rgb)
    sheet_columns = max(1, math.isqrt(n))
    sheet = to_png(mosaic(rgb, sheet_columns)) if n else b""
    names = [name for name in rows if name]
    head = {
        "n": n,
        "tile": list(rgb.shape[1:3]),
        "sheet_columns": sheet_columns,
        "columns": n // max(1, len(rows)),
        "rows": names,
        "captions": list(captions),
        "target": target_px,
        "clickable": clickable,
        "picked": picked,
        "scale": None if error_top is None else _scale(error_top),
        "rev": hashlib.sha256(sheet).hexdigest()[:16],
    }
    return pack(head, {"sheet": sheet})


def _scale(top: float) -> dict[str, object]:
    return {
        "low": "0",
        "high": f"{100 * top:.0f} %",
        "what": _("absolute error, % of the full range (darker is better)"),
        "stops": [stop for _unused, stop in sequential_scale()],
    }


def _rgb(pictures: np.ndarray) -> np.ndarray:
    return pictures if pictures.shape[-1] == 3 and pictures.shape[1] > 3 else as_rgb(pictures)


def _mount(data: bytes, key: str, n: int) -> int | None:
    answer = component("gallery")(key=key, data=data, on_picked_change=lambda: None)
    picked = answer.picked
    # The browser is not to be trusted with an index.
    return picked if isinstance(picked, int) and 0 <= picked < n else None
