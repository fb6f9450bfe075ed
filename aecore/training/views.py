"""What a person sees of a model while it trains: reconstructions, and where samples are coded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from aecore.data.samples import SampleSet
from aecore.models.autoencoder import Autoencoder
from aecore.models.corruption import corrupt
from aecore.specs import RunSpec
from aecore.training.feed import Feed, n_at_once, strip_rows, view_rows
from aecore.training.pace import Pace

EVERY_S = 1.0
SHARE = 0.004
"""Of the time of training that each sort of view may take."""


@dataclass(frozen=True)
class Views:
    """What there is to see; None where it was not time for a new one. See `TrainRecord`."""

    strip: np.ndarray | None = None
    codes: np.ndarray | None = None


class Viewer:
    """Looks at a model now and then: at most once a second, and rarer where a look takes long.

    Parameters
    ----------
    seed
        Of the noise that corrupts and draws: the same at each look.
    """

    def __init__(self, samples: SampleSet, spec: RunSpec, feed: Feed, seed: int) -> None:
        self._samples, self._spec, self._feed, self._seed = samples, spec, feed, seed
        self._strip_rows = torch.from_numpy(strip_rows(samples))
        self._view_rows = torch.from_numpy(view_rows(samples))
        self._strip_pace, self._codes_pace = Pace(EVERY_S, SHARE), Pace(EVERY_S, SHARE)

    @torch.no_grad()
    def look(self, model: Autoencoder, *, at_all: bool = False) -> Views:
        """Reconstructions and codes as they are now, those that are due (`at_all`: both)."""
        shows_strip = at_all or self._strip_pace.is_due()
        shows_codes = at_all or self._codes_pace.is_due()
        if not shows_strip and not shows_codes:
            return Views()
        device = next(model.parameters()).device
        model.eval()
        model.noise.seed(self._seed, device)
        strip = codes = None
        if shows_strip:
            with self._strip_pace.kept():
                strip = self._strip(model, device)
        if shows_codes:
            with self._codes_pace.kept():
                codes = self._codes(model, device)
        return Views(strip, codes)

    def _strip(self, model: Autoencoder, device: torch.device) -> np.ndarray:
        x = self._feed.batch(self._strip_rows.to(device))
        x_in = corrupt(x, self._spec.corruption, model.noise, unit=self._samples.scale == "unit")
        rows = [x, x_in] if x_in is not x else [x]
        shown = torch.stack([*rows, model(x_in).x_hat]).cpu().numpy()
        return self._samples.to_display(shown)

    def _codes(self, model: Autoencoder, device: torch.device) -> np.ndarray:
        parts = torch.split(self._view_rows.to(device), n_at_once(self._samples.shape))
        codes = torch.cat([model.encode(self._feed.batch(rows)).point for rows in parts])
        found: np.ndarray = codes.float().cpu().numpy()
        return found
