"""What a person sees of a model while it trains: reconstructions, and where samples are coded."""

from __future__ import annotations

import math
import time

import numpy as np
import torch

from aecore.data.samples import SampleSet
from aecore.models.autoencoder import Autoencoder
from aecore.models.corruption import corrupt
from aecore.specs.run import RunSpec
from aecore.training.feed import DeviceDataset, n_at_once, strip_rows, view_rows
from aecore.training.pace import Throttle
from aecore.training.records import Previews

EVERY_S = 1.0
SHARE = 0.004
"""Of the time of training that each sort of view may take."""
N_SOON, SOON_S, SOON_SHARE = 16, 0.15, 0.007
"""The first views may come sooner and take more, so that a run of seconds has a film too."""
_CODES_AT_ONCE = 128
"""About a batch of training: its memory is there already, and more takes no less time."""
FIRST_S = 0.3
"""A look at the untrained model that takes longer is given up: training waits for it."""


def pace(every_s: float) -> Throttle:
    """The pace of one sort of view."""
    return Throttle(every_s, SHARE, n_soon=N_SOON, soon_s=SOON_S, soon_share=SOON_SHARE)


class PreviewMaker:
    """Looks at a model now and then: at most once a second, and rarer where a look takes long.

    Parameters
    ----------
    seed
        Of the noise that corrupts and draws: the same at each look.
    """

    def __init__(self, samples: SampleSet, spec: RunSpec, feed: DeviceDataset, seed: int) -> None:
        self._samples, self._spec, self._feed, self._seed = samples, spec, feed, seed
        self._strip_rows = torch.from_numpy(strip_rows(samples))
        self._view_rows = torch.from_numpy(view_rows(samples))
        self._strip_pace, self._codes_pace = pace(EVERY_S), pace(EVERY_S)

    @torch.no_grad()
    def look(
        self, model: Autoencoder, *, at_all: bool = False, within_s: float = math.inf
    ) -> Previews:
        """Reconstructions and codes as they are now, those that are due (`at_all`: both).

        Parameters
        ----------
        within_s
            Codes are given up where they take longer.
        """
        shows_strip = at_all or self._strip_pace.is_due()
        shows_codes = at_all or self._codes_pace.is_due()
        if not shows_strip and not shows_codes:
            return Previews()
        paces = (Throttle(0.0, 1.0),) * 2 if at_all else (self._strip_pace, self._codes_pace)
        device = next(model.parameters()).device
        model.eval()
        model.noise.seed(self._seed, device)
        strip = codes = None
        if shows_strip:
            with paces[0].kept():
                strip = self._strip(model)
        if shows_codes:
            with paces[1].kept():
                codes = self._codes(model, within_s)
        return Previews(strip, codes)

    def _strip(self, model: Autoencoder) -> np.ndarray:
        x = self._feed.batch(self._strip_rows.to(self._feed.rows_on))
        x_in = corrupt(x, self._spec.corruption, model.noise, unit=self._samples.scale == "unit")
        rows = [x, x_in] if x_in is not x else [x]
        shown = torch.stack([*rows, model(x_in).x_hat]).cpu().numpy()
        return self._samples.to_display(shown)

    def _codes(self, model: Autoencoder, within_s: float) -> np.ndarray | None:
        begin, codes = time.perf_counter(), []
        followed = self._view_rows.to(self._feed.rows_on)
        n = min(_CODES_AT_ONCE, n_at_once(self._samples.shape))
        for rows in torch.split(followed, n):
            if time.perf_counter() - begin > within_s:
                return None
            codes.append(model.encode(self._feed.batch(rows)).point)
        found: np.ndarray = torch.cat(codes).float().cpu().numpy()
        return found
