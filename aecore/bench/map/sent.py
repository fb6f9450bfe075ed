"""What a map sends to the browser: its message, and the thumbnails that it fetches once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from aecore.bench.report import Figure
from aecore.export.living import interactive_map
from aecore.export.thumbnails import sheet_of
from aecore.maps.round_trip import N_SIDE, RoundTrip
from aecore.maps.trust import Trust

if TYPE_CHECKING:
    from aecore.data.samples import SampleSet
    from aecore.maps.latent_map import LatentMap
    from aecore.runs import OpenRun


def sent(run: OpenRun, samples: SampleSet, found: LatentMap, of: str) -> Iterator[Figure]:
    """The largest message of a map, and its thumbnails.

    Parameters
    ----------
    found
        Of a projection, whose message is the smallest; one that is read backwards by its points
        takes their codes along.
    """
    known = interactive_map(run, samples, found, _trust(len(found)))
    sheet = sheet_of(samples, found.codes.rows)
    addresses = ["/"] * sheet.n_parts
    least = len(known.message(addresses))
    most = len(replace(known, map=replace(found, linear=None)).message(addresses))
    weights = 0 if known.decoder is None else len(known.decoder.weights)
    yield Figure(
        f"largest message to the browser, map of {of}",
        most / 1e6,
        "MB",
        reference=f"of a projection {least / 1e6:.1f} MB; the decoder is {weights / 1e6:.1f} of it",
    )
    yield Figure(
        f"thumbnails of {of}: fetched once, then of the browser's cache",
        sum(map(len, sheet.parts)) / 1e6,
        "MB",
        reference=f"sheets: {sheet.n_parts}, tiles of {sheet.tile[0]} pixels",
    )


def _trust(n: int) -> Trust:
    """As many numbers as there are of any map."""
    trip = RoundTrip(np.zeros((N_SIDE, N_SIDE), np.float32), np.zeros(2), np.ones(2), 1.0)
    return Trust(np.zeros(n, np.float32), np.zeros(n, np.float32), 0.0, 1.0, 1.0, trip)
