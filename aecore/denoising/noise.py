"""Noise put on clean pictures, and what it makes of black and of white on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.errors import DataError
from aecore.runs import OpenRun
from aecore.specs.run import CorruptionSpec

_N_PROBED = 65_536


@dataclass(frozen=True)
class Noisy:
    """Pictures with noise on them.

    Parameters
    ----------
    values
        float32 `(n, C, H, W)`, black 0 and white 1; outside of [0, 1] where the noise says so.
    hidden
        bool `(n, H, W)`, pixels that an occlusion hid; None for other noise, and where nobody
        knows.
    """

    values: np.ndarray
    hidden: np.ndarray | None = None

    @property
    def shown(self) -> np.ndarray:
        """As a screen shows them, uint8 `(n, C, H, W)`."""
        return to_shown(self.values)


def to_shown(values: np.ndarray) -> np.ndarray:
    """Values with black 0 and white 1 as uint8; what is outside is clipped."""
    shown: np.ndarray = np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
    return shown


def noisy(run: OpenRun, x: np.ndarray, noise: CorruptionSpec, seed: int = 0) -> Noisy:
    """Pictures with noise on them, as this run would meet them in training.

    Parameters
    ----------
    x
        Clean pictures, uint8 `(n, C, H, W)`.
    noise
        Its level and mean are in the units that the run is trained in: values in [0, 1], or
        deviations of the training part where its data is standardized.
    seed
        Decides the noise, together with the place of each picture among the others.

    Raises
    ------
    DataError
        If the run reads no pictures, or pictures of another shape.
    """
    import torch

    from aecore.models.corruption import corrupt
    from aecore.models.networks import Noise

    check_pictures(run)
    if tuple(x.shape[1:]) != run.shape:
        raise DataError(
            "This model cleans pictures of shape {wanted}; these have {given}.",
            "Resize them, or train a model on them.",
            wanted=run.shape,
            given=tuple(x.shape[1:]),
        )
    drawn = Noise()
    drawn.seed(seed, torch.device("cpu"))
    clean = torch.from_numpy(run.frame.to_scaled(x))
    with torch.inference_mode():
        seen = corrupt(clean, noise, drawn, unit=run.frame.scale == "unit").numpy()
        hidden = None
        if noise.kind == "occlusion":
            drawn.seed(seed, torch.device("cpu"))  # the same rectangles, on a white sheet
            hidden = (corrupt(torch.ones_like(clean), noise, drawn) == 0).any(1).numpy()
    if run.frame.scale == "standard":
        seen = seen * run.frame.spread + run.frame.offset
    return Noisy(np.ascontiguousarray(seen, np.float32), hidden)


def check_pictures(run: OpenRun) -> None:
    """Refuse a run that reads rows of a table.

    Raises
    ------
    DataError
    """
    if len(run.shape) != 3:
        raise DataError(
            "This run was trained on rows of a table; only pictures are denoised.",
            "Choose a run on pictures.",
        )


@dataclass(frozen=True)
class Effect:
    """What noise makes of black (0) and of white (1).

    Parameters
    ----------
    black, white
        Mean values of what was black and white.
    black_median, white_median
        Medians of the same.
    deviation
        Standard deviation of the noise, of the distance from black to white that is left:
        mean over black and white.
    """

    black: float
    white: float
    black_median: float
    white_median: float
    deviation: float

    def undone(self, values: np.ndarray, *, by_median: bool) -> np.ndarray:
        """Values shifted and stretched so that black is 0 and white is 1 again, on average."""
        low, high = (
            (self.black_median, self.white_median) if by_median else (self.black, self.white)
        )
        return (values - low) / (high - low) if high - low > 0.05 else values


def effect(run: OpenRun, noise: CorruptionSpec) -> Effect:
    """What a noise makes of black and white, measured on many pixels of each."""
    n = -(-_N_PROBED // int(np.prod(run.shape)))
    ends = [
        noisy(run, np.full((n, *run.shape), level, np.uint8), noise, seed=1).values
        for level in (0, 255)
    ]
    black, white = (float(values.mean()) for values in ends)
    black_median, white_median = (float(np.median(values)) for values in ends)
    spread = float(np.mean([values.std() for values in ends]))
    return Effect(black, white, black_median, white_median, spread / max(0.05, white - black))
