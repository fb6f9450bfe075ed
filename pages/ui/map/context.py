"""What the page Map looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aecore.data.samples import PARTS, SampleSet
from aecore.figures.scatter import Colouring, as_text
from pages.ui.translation import _

if TYPE_CHECKING:
    from aecore.maps.latent_map import LatentMap
    from aecore.maps.trust import Trust
    from aecore.runs import OpenRun

HEIGHT_PX = 580


@dataclass(frozen=True)
class MapContext:
    """What the page looks at."""

    run: OpenRun
    samples: SampleSet
    map: LatentMap
    colour_name: str
    colour: Colouring | None
    own: np.ndarray | None = None
    """Positions of the own picture, `(1, 2)` or `(1, 3)`."""
    trust: Trust | None = None
    own_picture: np.ndarray | None = None
    """The own picture itself, uint8 `(C, H, W)`."""

    @property
    def is_flat(self) -> bool:
        """Whether outlines can be drawn on it."""
        return bool(self.map.positions.shape[1] == 2)


def label(seen: MapContext) -> str:
    return _(
        "Map of the codes of {n_map:,} samples, coloured by {colour_name}",
        n_map=len(seen.map),
        colour_name=seen.colour_name,
    )


def names(seen: MapContext) -> list[str]:
    """What stands beside each point under the pointer."""
    samples, codes = seen.samples, seen.map.codes
    called = [as_text(samples.called(row)) for row in codes.rows]
    labels = np.full(len(codes), -1) if samples.labels is None else samples.labels[codes.rows]
    classes = [
        _("<br>class {label}", label=as_text(samples.label_names[i])) if i >= 0 else ""
        for i in labels
    ]
    parts = [PARTS[i] for i in codes.part]
    lines = [
        _(
            "<b>{name}</b>{of}<br>{part} part<br>error {error:.3g}",
            name=name,
            of=of,
            part=part,
            error=error,
        )
        for name, of, part, error in zip(called, classes, parts, codes.error, strict=True)
    ]
    if seen.colour_name.startswith("dimension "):
        values = codes.z[:, int(seen.colour_name.split(" ")[1])]
        lines = [
            f"{line}<br>{seen.colour_name}: {value:.3g}"
            for line, value in zip(lines, values, strict=True)
        ]
    return lines
