"""Getting maps warm: their libraries imported, and compiled by laying out a few codes."""

from __future__ import annotations

import numpy as np

from aecore.maps.latent_map import lay_out
from aecore.maps.layouts.layout import Distinct
from aecore.specs.maps import PcaSpec, TsneSpec, UmapSpec


def warm_up() -> None:
    """Lay codes that mean nothing out by every method that has something to load.

    The same functions are compiled as for any number of codes: neighbours are searched
    without compiled code.
    """
    z = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    distinct = Distinct.of(z)
    for method in (PcaSpec(), UmapSpec(n_neighbors=5), TsneSpec()):
        for _ in lay_out(distinct, method):
            pass
