"""Pictures for the eye: error maps, mosaics, enlarging without blur, PNG bytes."""

from __future__ import annotations

import io

import numpy as np

from aecore.figures.colours import sequential


def as_rgb(pictures: np.ndarray) -> np.ndarray:
    """Pictures with the channel last, as a screen wants them.

    Parameters
    ----------
    pictures
        uint8 `(n, C, H, W)` with C 1 or 3.

    Returns
    -------
    numpy.ndarray
        uint8 `(n, H, W, 3)`.
    """
    last = np.moveaxis(pictures, 1, -1)
    return np.repeat(last, 3, axis=-1) if last.shape[-1] == 1 else np.ascontiguousarray(last)


def absolute_error(original: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
    """How far each pixel is off, mean over channels, in [0, 1] of the full range (0 is best).

    Both uint8 `(n, C, H, W)`; the result is float32 `(n, H, W)`.
    """
    apart = np.abs(original.astype(np.float32) - reconstruction.astype(np.float32))
    error: np.ndarray = apart.mean(axis=1) / np.float32(255.0)
    return error


def error_map(
    original: np.ndarray, reconstruction: np.ndarray, *, top: float | None = None
) -> np.ndarray:
    """Absolute error of each pixel in the one sequential map: dark is right, light is wrong.

    Parameters
    ----------
    original, reconstruction
        uint8 `(n, C, H, W)`.
    top
        Error, in [0, 1], that is drawn in the lightest colour; None: the largest found, so that
        all pictures of one call share a scale.

    Returns
    -------
    numpy.ndarray
        uint8 `(n, H, W, 3)`.
    """
    error = absolute_error(original, reconstruction)
    if top is None:
        top = float(error.max(initial=0.0))
    return sequential(error / max(top, 1e-6))


def enlarge(rgb: np.ndarray, factor: int) -> np.ndarray:
    """Every pixel repeated `factor` times in both directions: `(..., H, W, 3)`, no blur."""
    return rgb.repeat(factor, axis=-3).repeat(factor, axis=-2)


def mosaic(
    rgb: np.ndarray,
    n_columns: int,
    *,
    gap_px: int = 0,
    background: tuple[int, int, int] = (0, 0, 0),
) -> np.ndarray:
    """Pictures side by side, row by row, in one.

    Parameters
    ----------
    rgb
        uint8 `(n, H, W, 3)`.
    n_columns
        Pictures in a row; the last row is filled with the background.
    gap_px
        Pixels between two pictures.

    Returns
    -------
    numpy.ndarray
        uint8, one picture `(rows, columns, 3)`.
    """
    n, height, width, _ = rgb.shape
    n_rows = max(1, -(-n // n_columns))
    step_y, step_x = height + gap_px, width + gap_px
    sheet = np.empty((n_rows * step_y - gap_px, n_columns * step_x - gap_px, 3), np.uint8)
    sheet[:] = background
    for i in range(n):
        y, x = (i // n_columns) * step_y, (i % n_columns) * step_x
        sheet[y : y + height, x : x + width] = rgb[i]
    return sheet


def to_png(rgb: np.ndarray) -> bytes:
    """One picture, uint8 `(H, W, 3)` or `(H, W, 4)`, as PNG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG", compress_level=3)
    return file.getvalue()
