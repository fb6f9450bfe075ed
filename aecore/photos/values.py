"""Values of photographs: which are taken, shares of white, and back to the type of a file."""

from __future__ import annotations

import numpy as np

from aecore.errors import DataError


def check_photo(x: np.ndarray) -> None:
    """That this is a photograph as `restore` takes it.

    Raises
    ------
    DataError
        Saying what it is instead.
    """
    if x.ndim != 3 or not 1 <= x.shape[0] <= 4 or not x.size:
        raise DataError(
            "An array of shape {shape} is no photograph.",
            "Give (C, H, W) of 1 to 4 channels.",
            shape=x.shape,
        )
    if x.dtype not in (np.uint8, np.uint16) and not np.issubdtype(x.dtype, np.floating):
        raise DataError(
            "Values of type {dtype} have no known white.",
            "Give uint8, uint16 or floats.",
            dtype=x.dtype,
        )
    if np.issubdtype(x.dtype, np.floating) and not np.isfinite(x).all():
        raise DataError("Some values are not finite numbers.", "Leave them out, or fill them.")


def n_colours_of(x: np.ndarray) -> int:
    """Channels of `(C, H, W)` that are no alpha: 1 or 3."""
    return 1 if len(x) < 3 else 3


def grey_once(x: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """A picture whose colours are all the same as one of grey, with its alpha; else as it is.

    Parameters
    ----------
    x
        `(C, H, W)`.
    like
        Of this shape too: whether its colours are the same, and not those of `x`, decides.
    """
    seen = x if like is None else like
    if n_colours_of(seen) == 1 or not ((seen[0] == seen[1]).all() and (seen[0] == seen[2]).all()):
        return x
    return np.concatenate([x[:1], x[3:]])


def white_of(x: np.ndarray) -> float:
    """The value of white: 255, 65535 or 1."""
    return float(np.iinfo(x.dtype).max) if np.issubdtype(x.dtype, np.integer) else 1.0


def to_unit(x: np.ndarray) -> np.ndarray:
    """Colours of a photograph, or of a part of it, as float32 shares of white."""
    return x[: n_colours_of(x)].astype(np.float32) / np.float32(white_of(x))


def from_unit(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Shares of white, clipped, as a photograph of some type holds them."""
    white = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    return _as(values.clip(0, 1) * np.float32(white), dtype)


def _as(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return (np.rint(values) if np.issubdtype(dtype, np.integer) else values).astype(dtype)
