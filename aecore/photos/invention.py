"""Where a cleaned photograph was changed beyond what noise explains."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch

from aecore.artifact import Progress, run_to_end
from aecore.photos.restorer import MARGIN_PX, TILE_PX, Restored, Restorer
from aecore.photos.risk import NoiseAt, deviation_at
from aecore.photos.tiles import tiles
from aecore.photos.values import n_colours_of, white_of
from aecore.sentence import Sentence

_AGAIN = 0.2
"""Noise that is added again, of that which is there."""
_WAYS = ((2,), (1, 2))
"""Axes of `(C, H, W)` that a pass is mirrored along."""
_FINE_PX, _WIDE_PX = 2.0, 4.0
_UNCERTAIN = 0.5
_MOST = 1 / 3
"""A map that marks more of a photograph points at nothing."""


@dataclass(frozen=True)
class Invention:
    """Where a photograph was changed beyond what noise explains.

    Parameters
    ----------
    disagreement
        Deviation between passes that were mirrored and given a little more noise, shares of
        white, `(H, W)`; 0: every pass gives the same.
    structure
        Share of what was taken away, or put in, that white noise does not explain, since
        neighbours are alike or since it is too much; `(H, W)`, 0 (noise alone) to 1 (a shape).
    """

    disagreement: np.ndarray
    structure: np.ndarray

    def uncertainty(self, sigma: float) -> np.ndarray:
        """Both in one map, `(H, W)`, 0 (noise explains it) to 1; `sigma` as a share of white."""
        unsure = self.disagreement / max(0.5 * sigma, 2 / 255)
        return np.asarray(np.clip(np.maximum(unsure, self.structure), 0, 1))


def uncertain(uncertainty: np.ndarray) -> float:
    """Share of the pixels of a map of uncertainty that are more uncertain than not."""
    return float((uncertainty > _UNCERTAIN).mean())


def nothing_to_tell(share: float) -> str:
    """Why a map of uncertainty with such a share of the pixels says nothing; empty: it does."""
    if share <= _MOST:
        return ""
    return Sentence(
        "Uncertainty cannot be mapped: the noise is not of one kind, or fine texture is "
        "everywhere, so that much more than single spots was changed beyond what noise explains."
    )


def invention_steps(
    restored: Restored,
    restorer: Restorer,
    sigma: float,
    noise: NoiseAt | None = None,
    *,
    seed: int = 0,
    tile_px: int = TILE_PX,
) -> Generator[Progress, None, Invention]:
    """Find where the network made something up, or took something away.

    Two more passes, mirrored each another way and with a fifth of the noise added again: what
    hangs on the noise comes out differently. And where neighbours of the residual are alike, or
    the residual is larger than the noise, more than noise was changed. What holds of the picture
    as a whole (noise that is coarse, a sigma that is too low) is not counted.

    Parameters
    ----------
    restored
        At full strength, as the restorer gave it: `Cleaned.given`.
    sigma, noise
        Deviation of the noise, a share of white; `noise` may say how it hangs on the brightness.

    Yields
    ------
    Progress
        In tiles; closing the generator cancels.
    """
    n_colours, white = n_colours_of(restored.x), np.float32(white_of(restored.x))
    x, x_hat = restored.x[:n_colours], restored.x_hat[:n_colours]
    H, W = x.shape[1:]
    disagreement, alike, excess = (np.zeros((H, W), np.float32) for _ in range(3))
    rng = np.random.default_rng(seed)
    parts = list(tiles((H, W), tile_px, MARGIN_PX, restorer.net.multiple_px))
    for n_done, part in enumerate(parts):
        yield Progress("looking for what was invented", n_done, len(parts))
        seen, cleaned = (part.seen_of(y).astype(np.float32) / white for y in (x, x_hat))
        deviation = deviation_at(cleaned, sigma, noise)
        maps = (
            _disagreement(seen, cleaned, restorer, deviation, rng),
            *_structure(seen - cleaned, deviation),
        )
        for whole, found in zip((disagreement, alike, excess), maps, strict=True):
            whole[part.rows, part.columns] = part.middle_of(found[None])[0]
    return Invention(disagreement, _unexplained(alike, excess))


def invention(
    restored: Restored,
    restorer: Restorer,
    sigma: float,
    noise: NoiseAt | None = None,
    *,
    seed: int = 0,
) -> Invention:
    """As `invention_steps`, without telling how far it is."""
    return run_to_end(invention_steps(restored, restorer, sigma, noise, seed=seed))


def _disagreement(
    x: np.ndarray,
    x_hat: np.ndarray,
    restorer: Restorer,
    deviation: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Root of the mean square by which passes differ from the result, `(H, W)`."""
    from scipy.ndimage import gaussian_filter

    squares = np.zeros_like(x[0])
    for axes in _WAYS:
        again = x + np.float32(_AGAIN) * deviation * rng.standard_normal(x.shape, np.float32)
        seen = torch.from_numpy(np.flip(again, axes).copy())[None]
        found = np.flip(restorer.restore_values(seen, n_views=1)[0].cpu().numpy(), axes).clip(0, 1)
        squares += np.square(found - x_hat.clip(0, 1)).mean(0) / len(_WAYS)
    return np.asarray(np.sqrt(gaussian_filter(squares, _FINE_PX, mode="reflect")))


def _structure(residual: np.ndarray, deviation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How alike neighbours are in a residual, and how much there is of it for noise; `(H, W)`.

    White noise of that deviation has `_EXPECTED` and 1.
    """
    from scipy.ndimage import gaussian_filter

    luma = residual.mean(0)
    coarse = gaussian_filter(gaussian_filter(luma, _FINE_PX, mode="reflect") ** 2, _WIDE_PX)
    energy = gaussian_filter(luma**2, _WIDE_PX)
    excess = gaussian_filter(np.square(residual / deviation).mean(0), _WIDE_PX)
    return coarse / np.maximum(energy, (0.5 / 255) ** 2), excess


_EXPECTED = 1 / (4 * math.pi * _FINE_PX**2)
"""What the blur leaves of white noise, as a share of its energy."""


def _unexplained(alike: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Share of the residual that noise as in the rest of the picture does not explain."""
    usual = min(0.3, max(_EXPECTED, float(np.median(alike))))
    more = max(1.0, float(np.median(excess)))
    shaped = (alike - 3 * usual) / (1 - 3 * usual)
    large = 1 - 1.5 * more / np.maximum(excess, 1e-6)
    return np.asarray(np.clip(np.maximum(shaped, large), 0, 1), np.float32)
