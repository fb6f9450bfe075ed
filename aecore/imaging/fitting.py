"""A picture of any shape as one of a given shape: its middle, all of it with bars, or squeezed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image

Fit = Literal["cut", "bars", "squeeze"]
Ground = Literal["white", "black"]
DEFAULT_SIDE_PX = 64
"""Longest side of own pictures where no size is asked for."""
_STEP_PX = 2
_MIN_SIDE_PX = 8


def fitted(
    image: Image.Image,
    size_px: tuple[int, int] | None,
    fit: Fit = "cut",
    ground: str = "black",
    gap: float | None = None,
) -> Image.Image:
    """A picture at a height and width, resized with an antialiasing filter.

    Parameters
    ----------
    size_px
        Height and width; None: its own.
    fit
        "cut": its middle, of the wanted shape. "bars": all of it, in the middle. "squeeze": all
        of it, at another ratio of its sides.
    ground
        Colour of the bars.
    gap
        Where sides shrink by more than so many times, they are first averaged over a whole number
        of pixels to no less than this many times what is wanted; then a bicubic filter, which is
        antialiasing too, takes half the time of Lanczos'. None: by Lanczos' filter alone, as the
        sets that ship are made.
    """
    lanczos, bicubic = Image.Resampling.LANCZOS, Image.Resampling.BICUBIC
    kernel = lanczos if gap is None else bicubic
    if size_px is None or image.size == size_px[::-1]:
        return image
    height, width = size_px
    if fit == "squeeze":
        return image.resize((width, height), kernel, reducing_gap=gap)
    if fit == "bars":
        scale = max(image.width / width, image.height / height)
        inner = max(1, round(image.width / scale)), max(1, round(image.height / scale))
        small = image.resize(inner, kernel, reducing_gap=gap)
        mode = {"LA": "RGBA"}.get(image.mode, image.mode)
        whole = Image.new(mode, (width, height), ground)
        whole.paste(small, ((width - inner[0]) // 2, (height - inner[1]) // 2))
        return whole
    box = middle(image.size, size_px)
    cut = image.crop(box)  # a box of `resize` would let the filter see beyond it
    return cut.resize((width, height), kernel, reducing_gap=gap)


def middle(size: tuple[int, int], size_px: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest box of a wanted shape in the middle: left, top, right and bottom, px.

    Parameters
    ----------
    size
        Width and height of the picture.
    size_px
        Height and width that are wanted.
    """
    height, width = size_px
    scale = min(size[0] / width, size[1] / height)
    cut_width, cut_height = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (size[0] - cut_width) // 2, (size[1] - cut_height) // 2
    return left, top, left + cut_width, top + cut_height


def share_lost(sizes_px: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """Share of each picture's area, `(n,)` from 0 to 1, that the largest box leaves out.

    With "bars" the same share of what comes out is bars.

    Parameters
    ----------
    sizes_px
        `(n, 2)`: width and height of each.
    size_px
        Height and width that are wanted.

    Examples
    --------
    >>> share_lost(np.array([[128, 32], [64, 64]]), (32, 32)).tolist()
    [0.75, 0.0]
    """
    ratio = (sizes_px[:, 0] / sizes_px[:, 1]) * (size_px[0] / size_px[1])
    found: np.ndarray = 1 - np.minimum(ratio, 1 / ratio)
    return found


def usual_size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Height and width for pictures of these widths and heights, where nobody asks for any.

    Their own where they agree and no side is over 64; their ratio of sides with 64 for the longer
    one where that agrees; else 64 x 64.

    Examples
    --------
    >>> usual_size([(32, 32), (32, 32)]), usual_size([(128, 32)])
    ((32, 32), (16, 64))
    >>> usual_size([(640, 480), (480, 640)])
    (64, 64)
    """
    square = DEFAULT_SIDE_PX, DEFAULT_SIDE_PX
    if not sizes:
        return square
    width, height = sizes[0]
    if len(set(sizes)) == 1 and _MIN_SIDE_PX <= min(width, height) <= DEFAULT_SIDE_PX >= max(
        sizes[0]
    ):
        return height, width
    ratios = [w / h for w, h in sizes]
    if max(ratios) > 1.05 * min(ratios):
        return square
    scale = DEFAULT_SIDE_PX / max(width, height)
    found = [
        max(_MIN_SIDE_PX, _STEP_PX * round(side * scale / _STEP_PX)) for side in (height, width)
    ]
    return found[0], found[1]
