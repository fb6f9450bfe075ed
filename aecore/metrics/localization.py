"""How well heat maps show where an anomaly is: by pixel, and by region."""

from __future__ import annotations

import numpy as np

from aecore.errors import DataError
from aecore.metrics.anomaly import auroc

LIMIT = 0.3
"""False alarms among normal pixels up to which regions are looked at."""
_N_CUTS = 300


def pixel_auroc(maps: np.ndarray, masks: np.ndarray) -> float:
    """Probability that an odd pixel is hotter than a normal one; 0 to 1, 0.5 is chance.

    Parameters
    ----------
    maps
        `(n, H, W)`, high is odd.
    masks
        bool `(n, H, W)`, where the anomaly is.
    """
    _check(maps, masks)
    return auroc(maps[~masks], maps[masks]).mean


def aupro(maps: np.ndarray, masks: np.ndarray, limit: float = LIMIT) -> float:
    """Mean share of each odd region that is covered, over false alarms up to `limit`; 0 to 1.

    Area under the per-region overlap (Bergmann et al. 2020, "Uninformed Students", CVPR,
    arXiv:1911.02357): each connected region counts alike, however large. By chance `limit / 2`.

    Parameters
    ----------
    maps, masks
        See `pixel_auroc`.
    """
    from scipy.ndimage import label

    _check(maps, masks)
    normal = np.sort(maps[~masks])
    regions = []
    for heat, mask in zip(maps, masks, strict=True):
        numbered, n_regions = label(mask, structure=np.ones((3, 3)))
        regions += [np.sort(heat[numbered == i + 1]) for i in range(n_regions)]
    cuts = np.quantile(normal, np.linspace(1 - limit, 1, _N_CUTS))[::-1]
    false = _share_above(normal, cuts)
    overlap = np.mean([_share_above(region, cuts) for region in regions], axis=0)
    within = false <= limit + 1e-9
    false = np.concatenate([[0.0], false[within], [limit]])
    overlap = np.concatenate([[0.0], overlap[within], overlap[within][-1:]])
    return float(np.trapezoid(overlap, false) / limit)


def _share_above(ascending: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    n_above = len(ascending) - np.searchsorted(ascending, cuts, side="right")
    return np.asarray(n_above / len(ascending))


def _check(maps: np.ndarray, masks: np.ndarray) -> None:
    if maps.shape != masks.shape or maps.ndim != 3:
        raise DataError(
            "Heat maps of shape {shape} have masks of shape {mask_shape}.",
            "Give one mask for each, both (n, H, W).",
            shape=maps.shape,
            mask_shape=masks.shape,
        )
