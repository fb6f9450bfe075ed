"""Photographs for those who write Python: one call cleans, another tells where it is uncertain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aecore.artifact import Progress, run_to_end
from aecore.errors import SpecError
from aecore.imaging.photos import read_photo_file
from aecore.photos.methods import cleaning_by
from aecore.specs.photos import RestoreMethod

if TYPE_CHECKING:
    from aecore.photos.cleaned import Cleaned


def clean_photograph(
    photo: np.ndarray | Path | str,
    *,
    method: RestoreMethod = "restorer",
    sigma_255: float | None = None,
    luma: float = 1.0,
    chroma: float = 1.0,
    coarse: float = 1.0,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Cleaned:
    """Clean a photograph at its own size and depth.

    Parameters
    ----------
    photo
        A file, or pixels `(C, H, W)`: grey, grey and alpha, colour, or colour and alpha; uint8,
        uint16, or floats in [0, 1] and what noise adds.
    method
        What cleans: "restorer", "thorough" (which learns from the photograph first), "zero_shot",
        "nl_means", "wavelet", "tv" or "bm3d"; see `photo_methods.METHODS`.
    sigma_255
        Deviation of the noise in steps of 255, where it is known; None: it is estimated.
    luma, chroma, coarse
        How much more noise of brightness and of colour the network is told than it estimates, and
        how much more of it neighbours share, times: more takes more noise, and detail with it.
    watch
        Called as it goes on; what it raises stops it.

    Returns
    -------
    Cleaned
        `x_hat` has the shape and type of the pixels; `said` tells what was found, and `quality()`
        what Expected PSNR.

    Raises
    ------
    PictureError, DataError
        If this is no photograph, or the file cannot be read.
    SpecError
        If it cannot be cleaned this way.
    """
    if sigma_255 is not None and not 0 <= sigma_255 <= 255:
        raise SpecError(
            "A sigma of {sigma_255:g} is asked for.", "Give 0 to 255.", sigma_255=sigma_255
        )
    from aecore.photos.camera_net import turned_by

    x = photo if isinstance(photo, np.ndarray) else read_photo_file(Path(photo)).x
    sigma = None if sigma_255 is None else sigma_255 / 255
    turned = turned_by(luma, chroma, coarse)
    return run_to_end(cleaning_by(method, x, sigma, turned=turned), watch)


def adjust_photograph(
    cleaned: Cleaned,
    amount: np.ndarray,
    *,
    strength: float | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> np.ndarray:
    """A cleaned photograph cleaned more, or less, in places; see `adjust.adjusting`.

    Parameters
    ----------
    amount
        `(H, W)`, -1 (as it came) to 1 (cleaned more); 0: as it was cleaned.
    strength
        Of the cleaning elsewhere, 0 to 1; None: as it was proposed.

    Returns
    -------
    numpy.ndarray
        Of the photograph's shape and type.

    Raises
    ------
    DataError
        If the amounts are not of its size.
    """
    from aecore.photos.adjust import adjusting
    from aecore.photos.restorer import shipped_restorer

    x_hat = cleaned.restored.at(cleaned.strength if strength is None else strength)
    steps = adjusting(cleaned.restored.x, x_hat, np.asarray(amount), shipped_restorer())
    return run_to_end(steps, watch).x_hat


def uncertainty_of(
    cleaned: Cleaned, *, watch: Callable[[Progress], None] = lambda progress: None
) -> np.ndarray:
    """Where a cleaned photograph was changed beyond what noise explains.

    Takes twice as long as cleaning did: see `invention.invention_steps`.

    Returns
    -------
    numpy.ndarray
        Float32 `(H, W)`, 0 (the noise explains it) to 1 (do not trust a detail there).

    Raises
    ------
    SpecError
        If it was cleaned in a way of which that cannot be known.
    """
    from aecore.photos.invention import invention_steps

    if cleaned.restorer is None:
        raise SpecError(
            "The method that cleaned this photograph cannot be run again.",
            "Clean it by another method.",
        )
    steps = invention_steps(cleaned.given, cleaned.restorer, cleaned.sigma, cleaned.noise)
    return run_to_end(steps, watch).uncertainty(cleaned.sigma)
