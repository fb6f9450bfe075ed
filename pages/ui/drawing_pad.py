"""A pad to draw on, with a thick soft pen."""

from __future__ import annotations

import base64
import binascii

from aecore.errors import PictureError
from pages.ui.components import component, pack
from pages.ui.translation import _

SIDE_PX = 280
"""Longest side of the drawing, in its own pixels and on the page."""
MAX_CHARS = 1_000_000
_HEAD = "data:image/png;base64,"
_PENS = {
    "black": "#111111",
    "white": "#ffffff",
    "red": "#d62728",
    "orange": "#f28e2b",
    "yellow": "#f2cf3b",
    "green": "#2e8b57",
    "blue": "#1f6fc4",
    "brown": "#8b5a2b",
}


def drawing_pad(
    shape: tuple[int, int, int], *, key: str, round_: int = 0, base: bytes | None = None
) -> bytes | None:
    """A pad in the proportions of a model's pictures: white on black where those are grey.

    Parameters
    ----------
    shape
        Of the model's pictures, `(C, H, W)`.
    round_
        Raise it to begin with an empty pad.
    base
        A drawing, as PNG, that is gone on with where the pad is shown for the first time.

    Returns
    -------
    bytes or None
        The drawing as it was sent just now; empty where it was cleared, None without news.

    Raises
    ------
    PictureError
        If what was sent is no drawing of this pad.
    """
    C, H, W = shape
    scale = SIDE_PX / max(H, W)
    pens = {"white": _PENS["white"]} if C == 1 else _PENS
    head = {
        "round": round_,
        "width": round(W * scale),
        "height": round(H * scale),
        "side": round(W * scale),
        "paper": "#000000" if C == 1 else "#ffffff",
        "pens": list(pens.values()),
        "pen_names": list(pens),
        "pen_px": round(SIDE_PX * (0.085 if C == 1 else 0.055)),
        "label": _("A pad: draw with the mouse, a pen or a finger"),
        "hint": _("draw here"),
    }
    answer = component("drawing_pad")(
        key=key, data=pack(head, {"base": base or b""}), on_drawing_change=lambda: None
    )
    return None if answer.drawing is None else opened(answer.drawing)


def opened(sent: object) -> bytes:
    """The PNG in what a browser sent, decoded from base64 alone; empty for a cleared pad.

    Raises
    ------
    PictureError
        If it is anything else, or too long.
    """
    if sent == "":
        return b""
    if isinstance(sent, str) and sent.startswith(_HEAD) and len(sent) <= MAX_CHARS:
        try:
            return base64.b64decode(sent[len(_HEAD) :], validate=True)
        except binascii.Error:
            pass
    raise PictureError(
        "The drawing did not arrive completely.", "Continue drawing, or clear the pad."
    )
