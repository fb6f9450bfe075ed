"""Large pictures made smaller while they are decoded."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image

from aecore.errors import PictureError
from aecore.imaging.deep_photos import Deep, Range
from aecore.imaging.pixels import PX_AT_ONCE, as_image

ON_ITS_SIDE = (5, 6, 7, 8)
"""Orientations whose height lies across in the file."""
_GAP_OF_JPEG = 1.5
"""A JPEG is decoded at no less than so many times the size that is wanted: within 40 dB of what
the filter makes of the whole."""


def skip_needless(image: Image.Image, wanted: tuple[int, int], turn: int) -> None:
    """Let a JPEG's decoder leave out frequencies that its picture will lose anyway.

    Parameters
    ----------
    wanted
        Height and width of the sample, which is turned from what lies in the file.
    """
    height, width = (round(_GAP_OF_JPEG * side) for side in wanted)
    image.draft(None, (height, width) if turn in ON_ITS_SIDE else (width, height))


def shrunk(deep: Deep, factor: int, values: Range) -> Image.Image:
    """Deep pixels with 8 bits, made smaller by a whole number; some rows at a time."""
    H, W = deep.x.shape[1:]
    n_rows = factor * max(1, PX_AT_ONCE // (factor * W))
    whole: Image.Image | None = None
    for top in range(0, H, n_rows):
        part = as_image(replace(deep, x=deep.x[:, top : top + n_rows]).scaled(8, values))
        part = part.reduce(factor) if factor > 1 else part
        if whole is None:
            whole = Image.new(part.mode, (-(-W // factor), -(-H // factor)))
        whole.paste(part, (0, top // factor))
    if whole is None:
        raise PictureError("The picture has no rows.", "Save or copy it again.")
    return whole
