"""A drawing placed as MNIST's digits are placed, so that a model of them knows where to look."""

from __future__ import annotations

import numpy as np
from PIL import Image

BOX_SHARE = 20 / 28
"""MNIST's digits fill a box of 20 pixels in pictures of 28."""
_INK = 24
"""Grey level from which a pixel belongs to the pen."""


def is_like_mnist(shape: tuple[int, ...]) -> bool:
    """Whether samples of a shape are small, grey and square, as MNIST's digits are."""
    return len(shape) == 3 and shape[0] == 1 and shape[1] == shape[2] and 24 <= shape[1] <= 40


def centred(x: np.ndarray, size_px: int) -> np.ndarray:
    """A drawing, sized and centred as MNIST was made, light on dark whatever it was before.

    What was drawn is cut out and resized, with its proportions and an antialiasing filter, so
    that its longer side is 20/28 of the picture; then it is moved so that its centre of mass
    stands in the middle. LeCun, Cortes & Burges 1998, "The MNIST database of handwritten digits".

    Parameters
    ----------
    x
        uint8 `(1, H, W)`; its ground is what most pixels are. Without ink it comes back black.
    size_px
        Height and width of the result.

    Returns
    -------
    numpy.ndarray
        uint8 `(1, size_px, size_px)`.
    """
    if np.median(x) > 127:
        x = 255 - x
    rows, columns = (np.flatnonzero((x[0] >= _INK).any(axis)) for axis in (1, 0))
    field = np.zeros((size_px, size_px), np.uint8)
    if not len(rows):
        return field[None]
    ink = x[0, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = max(1, round(BOX_SHARE * size_px)) / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    digit = np.asarray(
        Image.fromarray(ink).resize((width, height), Image.Resampling.LANCZOS), np.uint8
    )
    top = _start(digit.sum(axis=1, dtype=np.float64), size_px)
    left = _start(digit.sum(axis=0, dtype=np.float64), size_px)
    field[top : top + height, left : left + width] = digit
    return field[None]


def _start(mass: np.ndarray, size_px: int) -> int:
    """Where a line of mass begins so that its centre stands on pixel `size_px / 2`, as MNIST's."""
    centre = (mass * np.arange(len(mass))).sum() / max(mass.sum(), 1e-9)
    return int(np.clip(round(size_px / 2 - centre), 0, size_px - len(mass)))
