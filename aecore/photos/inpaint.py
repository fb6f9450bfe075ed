"""Holes in a photograph filled by the prior that the denoiser holds; no training of its own."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from aecore.artifact import Progress, run_to_end
from aecore.errors import DataError
from aecore.photos.restorer import Restored, Restorer, without
from aecore.photos.tiles import Tile, tiles
from aecore.photos.values import check_photo, from_unit, to_unit

N_STEPS = 20
"""Steps at each size, each of two passes."""
_SIGMAS = (0.4, 0.02)
"""Noise that is added before each step, from first to last, shares of white."""
_AROUND_PX = 32
"""What is seen around a hole, or a tile of it."""
_TILE_PX = 512
_NEAR_PX = 8
"""Holes no further apart are filled together."""
_DEEP_PX = 12
"""A hole whose middle is further from its rim is first filled at half the size."""


@dataclass(frozen=True)
class _Region:
    """A hole, or several near each other, and what is seen around them.

    Parameters
    ----------
    hidden, own
        What is masked in this part of the picture, and what of it belongs here; bool `(h, w)`.
    """

    rows: slice
    columns: slice
    hidden: np.ndarray
    own: np.ndarray


def inpainting(
    x: np.ndarray,
    mask: np.ndarray,
    restorer: Restorer,
    *,
    n_steps: int = N_STEPS,
    seed: int = 0,
) -> Generator[Progress, None, Restored]:
    """Fill what a mask hides, from what is around it.

    A network that takes noise away as well as can be points from a noisy picture to likelier
    ones: what it takes away, over the variance, is the slope of the log density of noisy pictures
    (Miyasawa 1961; Kadkhodaie & Simoncelli 2021, NeurIPS, arXiv:2007.13640). So a hole is first
    filled smoothly; then noise is added and taken away again, less each time, and after each
    step what is known is put back. Deep holes are filled at half the size first, and so on. Only
    the surroundings of a hole are worked on, and outside of the mask nothing is changed.

    Parameters
    ----------
    x
        `(C, H, W)`, as `aecore.photos.restorer.restore` takes it. Alpha is kept as it is.
    mask
        bool `(H, W)`; true: fill.
    n_steps
        Steps at each size.
    seed
        Decides the noise.

    Yields
    ------
    Progress
        In steps of tiles; closing the generator cancels.

    Raises
    ------
    DataError
        If this is no such picture, the mask is not of its size, or nothing is left to fill from.
    """
    check_photo(x)
    mask = np.array(mask, bool)
    if mask.shape != x.shape[1:]:
        raise DataError(
            "A mask of shape {shape} does not fit a picture of {size}.",
            "Give one value for each pixel.",
            shape=mask.shape,
            size=x.shape[1:],
        )
    if mask.all():
        raise DataError("All of the picture is marked.", "Leave some of it to fill from.")
    x_hat = x.copy()
    regions = list(_regions(mask))
    multiple = restorer.net.multiple_px
    n_total = n_steps * sum(_n_passes(region.hidden, multiple) for region in regions)
    yield Progress("filling", 0, n_total)
    work = _work(x_hat, regions, restorer, n_steps, np.random.default_rng(seed))
    for n_done, _ in enumerate(work, 1):
        yield Progress("filling", n_done, n_total)
    return Restored(x, x_hat)


def inpaint(x: np.ndarray, mask: np.ndarray, restorer: Restorer, *, seed: int = 0) -> Restored:
    """As `inpainting`, without telling how far it is."""
    return run_to_end(inpainting(x, mask, restorer, seed=seed))


def _regions(mask: np.ndarray) -> Iterator[_Region]:
    """Holes with their surroundings; those near each other together."""
    from scipy.ndimage import binary_dilation, find_objects, label

    if not mask.any():
        return
    labels, _n_labels = label(binary_dilation(mask, iterations=_NEAR_PX))
    for number, place in enumerate(find_objects(labels), 1):
        rows, columns = (
            slice(max(0, along.start - _AROUND_PX), min(n, along.stop + _AROUND_PX))
            for along, n in zip(place, mask.shape, strict=True)
        )
        hidden = mask[rows, columns]
        yield _Region(rows, columns, hidden, hidden & (labels[rows, columns] == number))


def _work(
    x_hat: np.ndarray,
    regions: list[_Region],
    restorer: Restorer,
    n_steps: int,
    rng: np.random.Generator,
) -> Iterator[None]:
    """Fill one region after the other, in place."""
    for region in regions:
        part = x_hat[:, region.rows, region.columns]
        filled = yield from _filling(to_unit(part), region.hidden, restorer, n_steps, rng)
        part[: len(filled), region.own] = from_unit(filled[:, region.own], x_hat.dtype)


# One region ----------------------------------------------------------------------------


def _filling(
    x: np.ndarray, hidden: np.ndarray, restorer: Restorer, n_steps: int, rng: np.random.Generator
) -> Generator[None, None, np.ndarray]:
    """Fill `(C, h, w)`, at half the size first where a hole is deep; stops after each tile."""
    if _is_deep(hidden):
        half = yield from _filling(*_halved(x, hidden), restorer, n_steps, rng)
        x = np.where(hidden, _doubled(half, x.shape[1:]), x)
    else:
        x = _smooth(x, hidden)
    parts = _tiles(hidden, restorer.net.multiple_px)
    for sigma in np.geomspace(*_SIGMAS, n_steps):
        noise = rng.standard_normal(x.shape, np.float32) * np.float32(sigma)
        likelier = x.copy()
        for part in parts:
            found = without(part.seen_of(noise), part.seen_of(x), restorer)
            likelier[:, part.rows, part.columns] = part.middle_of(found).clip(0, 1)
            yield
        x = np.where(hidden, likelier, x)
    return x


def _tiles(hidden: np.ndarray, multiple_px: int) -> list[Tile]:
    """Tiles of a region that hide something."""
    parts = tiles(hidden.shape, _TILE_PX, _AROUND_PX, multiple_px)
    return [part for part in parts if hidden[part.rows, part.columns].any()]


def _is_deep(hidden: np.ndarray) -> bool:
    from scipy.ndimage import distance_transform_cdt

    return bool(distance_transform_cdt(np.pad(hidden, 1, mode="edge")).max() > _DEEP_PX)


def _n_passes(hidden: np.ndarray, multiple_px: int) -> int:
    """Tiles of a region, over all sizes at which it is filled."""
    n = len(_tiles(hidden, multiple_px))
    while _is_deep(hidden):
        hidden = _halved(np.zeros((1, *hidden.shape), np.float32), hidden)[1]
        n += len(_tiles(hidden, multiple_px))
    return n


def _halved(x: np.ndarray, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half the size: means of what is known of 2 x 2 pixels; hidden where nothing is."""
    H, W = hidden.shape
    even = ((0, H % 2), (0, W % 2))
    known = np.pad(~hidden, even).astype(np.float32)
    values = np.pad(x, ((0, 0), *even)) * known

    def sums(a: np.ndarray) -> np.ndarray:
        return np.asarray(
            a[..., 0::2, 0::2] + a[..., 1::2, 0::2] + a[..., 0::2, 1::2] + a[..., 1::2, 1::2]
        )

    n_known = sums(known)
    return sums(values) / np.maximum(n_known, 1), n_known == 0


def _doubled(x: np.ndarray, size_px: tuple[int, ...]) -> np.ndarray:
    """Twice the size, `(C, *size_px)`, by straight lines between the centres of pixels."""
    values = torch.from_numpy(x)[None]
    large = torch.nn.functional.interpolate(values, scale_factor=2.0, mode="bilinear")
    return large[0, :, : size_px[0], : size_px[1]].numpy()


def _smooth(x: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Hidden pixels as smooth as their rim allows: Damelin & Hoang 2018, IJMMS."""
    from skimage.restoration import inpaint_biharmonic

    return np.asarray(inpaint_biharmonic(x, hidden, channel_axis=0), np.float32)
