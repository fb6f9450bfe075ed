"""A cleaned photograph cleaned more, or less, where it is marked."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
from PIL import Image

from aecore.artifact import Progress
from aecore.errors import DataError, SpecError
from aecore.photos.camera_net import AS_ESTIMATED
from aecore.photos.exposure import exposure_of
from aecore.photos.noise_kind import camera_map
from aecore.photos.noise_map import CELL_PX
from aecore.photos.restorer import Restored, Restorer
from aecore.photos.row_noise import row_noise, without_rows
from aecore.photos.values import check_photo, from_unit, n_colours_of, to_unit

_TIMES = 2.5
"""What is marked to be cleaned more is treated as so many times as noisy as it is estimated."""
_LEAST = 5 / 255
"""And as no less noisy than this: who marks a part sees noise there."""
_SOFT = 0.002
"""Standard deviation of the rim of a mark, as a share of the longer side."""
_MIDDLE, _HARDLY = 128.0, 0.004


def adjusting(
    x: np.ndarray, cleaned: np.ndarray, amount: np.ndarray, restorer: Restorer
) -> Generator[Progress, None, Restored]:
    """Clean more of what is marked, and give back of the photograph what is marked otherwise.

    Where less is asked for, the photograph as it came is blended in. Where more is asked for, what
    the network for noise of cameras makes of it, told of more noise than is estimated there. Only
    what is marked is worked on; the rest is as it was cleaned.

    Parameters
    ----------
    x, cleaned
        `(C, H, W)`, as it came and as it was cleaned, of the same type. Alpha is kept.
    amount
        `(H, W)`, -1 (as it came) to 1 (cleaned more); 0: as it is.

    Yields
    ------
    Progress
        In tiles; closing the generator cancels.

    Raises
    ------
    DataError
        If this is no such picture, or the amounts are not of its size.
    SpecError
        If the weights hold no network for noise of cameras.
    """
    check_photo(x)
    if cleaned.shape != x.shape or amount.shape != x.shape[1:]:
        raise DataError(
            "Marks of shape {shape} do not fit a picture of {size}.",
            "Give one value for each pixel.",
            shape=amount.shape,
            size=x.shape[1:],
        )
    out = cleaned.copy()
    if (amount > 0).any():
        part = _box(amount > 0)
        more = yield from _cleaned_more(x, amount.clip(0, 1), part, restorer)
        _blend(out, more, amount, part)
    if (amount < 0).any():
        part = _box(amount < 0)
        _blend(out, to_unit(x[:, *part]), -amount, part)
    return Restored(x, out)


def amount_of(marked: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """How much more or less is asked for: float32 `(H, W)`, -1 to 1.

    Parameters
    ----------
    marked
        A picture `(C, h, w)` of any size: white where to clean more, black where less, of middle
        grey (128 of 255) or transparent where nothing changes.
    size_px
        Height and width of the photograph.

    Raises
    ------
    DataError
        If nothing is marked.
    """
    from scipy.ndimage import gaussian_filter

    grey = 255 * to_unit(marked).mean(0)
    amount = np.where(grey >= _MIDDLE, (grey - _MIDDLE) / (255 - _MIDDLE), grey / _MIDDLE - 1)
    if len(marked) in (2, 4):
        amount = amount * to_unit(marked[-1:])[0]
    H, W = size_px
    large = Image.fromarray(amount.astype(np.float32)).resize((W, H), Image.Resampling.BILINEAR)
    soft: np.ndarray = gaussian_filter(np.asarray(large, np.float32), max(0.5, _SOFT * max(H, W)))
    soft[np.abs(soft) < _HARDLY] = 0
    if not soft.any():
        raise DataError("Nothing is marked.", "Draw over what is to be cleaned more or less.")
    return soft.clip(-1, 1)


def _cleaned_more(
    x: np.ndarray, amount: np.ndarray, part: tuple[slice, slice], restorer: Restorer
) -> Generator[Progress, None, np.ndarray]:
    """Shares of white `(C, h, w)` of a part of a photograph, told of more noise."""
    camera = restorer.camera
    if camera is None:
        raise SpecError("There is no network for noise of cameras.", "Install latent-lab again.")
    light = np.float32(exposure_of(x))
    values = to_unit(x) / light
    rows = row_noise(values)
    values = without_rows(values, rows) if rows.is_here else values
    seen = np.ascontiguousarray(values[:, *part])
    levels = _levels(seen, amount[part], camera)
    told = replace(AS_ESTIMATED, everywhere=levels)
    restored = yield from camera.turned(told).restoring(seen)
    return np.asarray(light * restored.x_hat)


def _levels(seen: np.ndarray, amount: np.ndarray, camera: Restorer) -> tuple[float, ...]:
    """What the network is told of a part, by what it sees under the marks."""
    cells = camera_map(seen, camera)  # (N_TOLD, h, w)
    h, w = cells.shape[1:]
    more = ((0, h * CELL_PX - seen.shape[1]), (0, w * CELL_PX - seen.shape[2]))
    weight = np.pad(amount, more).reshape(h, CELL_PX, w, CELL_PX).mean((1, 3))
    mean = (cells * weight).sum((1, 2)) / max(float(weight.sum()), 1e-9)
    return tuple(np.maximum(_TIMES * mean, _LEAST).tolist())


def _box(marked: np.ndarray) -> tuple[slice, slice]:
    """The least rectangle with all that is marked, and a cell around it."""
    rows, columns = (np.flatnonzero(marked.any(axis)) for axis in (1, 0))
    H, W = marked.shape
    return (
        slice(max(0, int(rows[0]) - CELL_PX), min(H, int(rows[-1]) + CELL_PX + 1)),
        slice(max(0, int(columns[0]) - CELL_PX), min(W, int(columns[-1]) + CELL_PX + 1)),
    )


def _blend(
    out: np.ndarray, values: np.ndarray, share: np.ndarray, part: tuple[slice, slice]
) -> None:
    """Take a share of other colours, shares of white, into a part of a photograph, in place."""
    n_colours = n_colours_of(out)
    inside = out[:n_colours, *part]
    weight = share[part].clip(0, 1)
    mixed = (1 - weight) * to_unit(out[:, *part]) + weight * values
    out[:n_colours, *part] = np.where(weight > 0, from_unit(mixed, out.dtype), inside)
