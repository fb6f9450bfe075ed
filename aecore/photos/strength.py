"""How much of a network's change to take where JPEG hides the noise from `noise_level`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from aecore.photos.noise_level import NoiseLevel
from aecore.photos.restorer import Restored
from aecore.photos.values import n_colours_of, white_of

_TRACES = 1.12
"""Of `NoiseLevel.blocks`: pictures that were never JPEG, or only at a high quality, stay under it,
or the network changes hardly anything of them."""
_LEAST_255, _FULL_255 = 0.5, 1.0
"""The network changes pictures without noise by less than the first (root mean square). A picture
that was changed by the second for nothing is still within 48 dB of what it was."""
_BLOCKY_255 = 0.2
_MUCH_255 = 6.0
"""So much it takes from no picture without noise, whether it shows traces of JPEG or not."""
_TEXTURE, _NOISE = 0.06, 0.12
"""Of `Change.colour_share`: texture lies below the first, noise mostly above the second."""
_INDEPENDENT, _OPPOSED = 2 / 3, 0.8
"""What colours of independent noise differ in, and where they clearly change against each other:
noise that JPEG leaves does not, colour fringes of fine meshes and lattices do."""
_UNSURE_STRENGTH = 0.6
"""Where the change may be texture: on JPEG without noise 0.6 to 0.8 came nearest."""
_ROWS = 256


@dataclass(frozen=True)
class Change:
    """What a network changed of a photograph at full strength.

    Parameters
    ----------
    rms
        Root of the mean square, a share of white.
    colour_share
        Share of the mean square in which red, green and blue differ: 0 where all of them change
        alike, as texture does; 2/3 where they are independent, as a sensor's noise is; 1 where
        they change against each other. 0 of grey pictures, of which this tells nothing.
    """

    rms: float
    colour_share: float


def change_of(restored: Restored) -> Change:
    """Measure what was changed; alpha does not count."""
    n_colours, white = n_colours_of(restored.x), np.float32(white_of(restored.x))
    x, x_hat = restored.x[:n_colours], restored.x_hat[:n_colours]
    total = apart = 0.0
    for top in range(0, x.shape[1], _ROWS):  # of a large photograph, some rows at a time
        before, after = (y[:, top : top + _ROWS].astype(np.float32) / white for y in (x, x_hat))
        change = before - after  # (C, h, W)
        total += float(np.square(change, dtype=np.float64).sum())
        apart += float(np.square(change - change.mean(0), dtype=np.float64).sum())
    return Change(math.sqrt(total / x.size), apart / total if total else 0.0)


def strength_by_change(level: NoiseLevel, change: Change) -> float:
    """How strongly to clean, 0 to 1, judged by what the network changed.

    JPEG takes the noise off smooth parts and leaves it elsewhere. Patches with little texture then
    show none (`noise_level`), though the picture is noisy. The network was trained on such
    pictures: where there are traces of JPEG and it changes more than it does of pictures without
    noise, its change is taken where the colours change apart. Where they change alike, or against
    each other, it may be texture: it is then taken in part where blocks show, so that this was
    JPEG for certain, else not.

    Returns
    -------
    float
        0 where nothing speaks for hidden noise: the level decides then.
    """
    rms_255, share = 255 * change.rms, change.colour_share
    is_noise = _ramp(share, _TEXTURE, _NOISE) * (1 - _ramp(share, _INDEPENDENT, _OPPOSED))
    if level.is_blocky or (level.looks_clean and rms_255 > _MUCH_255):
        return _UNSURE_STRENGTH + (1 - _UNSURE_STRENGTH) * is_noise
    if level.blocks > _TRACES:
        return _ramp(rms_255, _LEAST_255, _FULL_255) * is_noise
    return 0.0


def camera_strength(level: NoiseLevel, change: Change) -> float:
    """How strongly to take what the network for noise of cameras changed, 0 to 1.

    In full, unless it changes hardly more than it does of pictures without noise.
    """
    least, full = (_BLOCKY_255, _LEAST_255) if level.is_blocky else (_LEAST_255, _FULL_255)
    return _ramp(255 * change.rms, least, full)


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
