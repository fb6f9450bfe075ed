"""Pictures to take home: strips and grids as PNG, walks as GIF, enlarged without blur."""

from __future__ import annotations

import io

import numpy as np

from aecore.figures.pictures import as_rgb, enlarge, mosaic, to_png

STRIP_PX = 112
"""Width that a picture of a strip or a grid is enlarged to, about."""
FILM_PX = 280
"""Width that a film is enlarged to, about."""
_WHITE = (255, 255, 255)


def factor_to(width_px: int, target_px: int) -> int:
    """Whole number of times a picture is enlarged to come near a width; at least 1.

    Examples
    --------
    >>> factor_to(28, 112), factor_to(200, 112)
    (4, 1)
    """
    return max(1, round(target_px / max(1, width_px)))


def strip_png(pictures: np.ndarray, *, factor: int | None = None, gap_px: int = 4) -> bytes:
    """Pictures in one row.

    Parameters
    ----------
    pictures
        uint8 `(n, C, H, W)`, C 1 or 3.
    factor
        How often each pixel is repeated; None: to about 112 px.
    gap_px
        White between two pictures.

    Returns
    -------
    bytes
        A PNG.
    """
    return grid_png(pictures, len(pictures), factor=factor, gap_px=gap_px)


def grid_png(
    pictures: np.ndarray, n_columns: int, *, factor: int | None = None, gap_px: int = 4
) -> bytes:
    """Pictures row by row, `n_columns` in each.

    Parameters
    ----------
    pictures
        uint8 `(n, C, H, W)`.
    factor, gap_px
        See `strip_png`.

    Returns
    -------
    bytes
        A PNG.
    """
    rgb = as_rgb(pictures)
    large = enlarge(rgb, factor or factor_to(rgb.shape[2], STRIP_PX))
    return to_png(mosaic(large, n_columns, gap_px=gap_px, background=_WHITE))


def gif(
    pictures: np.ndarray,
    *,
    ms_per_step: int = 100,
    there_and_back: bool = True,
    factor: int | None = None,
) -> bytes:
    """A film that repeats for ever.

    Grey pictures keep each of their 256 levels; colour is brought to the 256 colours that a GIF
    can hold, anew in each picture. A picture that equals the one before is not written again: that
    one is shown longer.

    Parameters
    ----------
    pictures
        uint8 `(n, C, H, W)`.
    ms_per_step
        How long each is shown, ms; a GIF counts in steps of 10.
    there_and_back
        Whether it goes back the way it came, `2 n - 2` pictures in all, so that it never jumps.
    factor
        How often each pixel is repeated; None: to about 280 px.

    Returns
    -------
    bytes
        A GIF.
    """
    from PIL import Image

    rgb = as_rgb(pictures)
    large = enlarge(rgb, factor or factor_to(rgb.shape[2], FILM_PX))
    if pictures.shape[1] == 1:
        frames = [Image.fromarray(picture[..., 0]) for picture in large]
    else:
        frames = [
            Image.fromarray(picture).quantize(256, dither=Image.Dither.NONE) for picture in large
        ]
    if there_and_back:
        frames += frames[-2:0:-1]
    file = io.BytesIO()
    frames[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=10 * max(2, round(ms_per_step / 10)),
        loop=0,
    )
    return file.getvalue()
