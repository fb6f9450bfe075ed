"""All that a browser needs to let a map live: points, thumbnails, the way back, the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.data.samples import PARTS, SampleSet
from aecore.export.portable import PortableDecoder, portable
from aecore.export.thumbnails import Sheet, sheet_of
from aecore.figures.colours import UNLABELLED, class_colours
from aecore.figures.payload import pack
from aecore.figures.scatter import Colouring, Groups, Values, value_scale
from aecore.maps.inverse import N_NEAR, RIDGE, LinearInverse, inverse_of
from aecore.maps.latent_map import LatentMap
from aecore.maps.layouts.plane import LETTERS
from aecore.maps.trust import Trust
from aecore.runs import OpenRun
from aecore.sentence import Say, Sentence

N_NUMBERS = 4_000_000
"""Numbers of all codes that are sent, at the most; else those of evenly drawn points alone."""
_NONE = 65535
_LARGEST_HALF = 30_000.0


@dataclass(frozen=True)
class InteractiveMap:
    """A flat map with all that makes it answer.

    Parameters
    ----------
    colour
        How points are coloured; None: all alike.
    sheet, decoder, trust
        None where there are no pictures, or not yet.
    """

    map: LatentMap
    samples: SampleSet
    colour: Colouring | None = None
    sheet: Sheet | None = None
    decoder: PortableDecoder | None = None
    trust: Trust | None = None

    def message(
        self, sheets: Sequence[str] | None = None, *, say: Say = Sentence, **more: Any
    ) -> bytes:
        """What the browser gets, packed.

        Parameters
        ----------
        sheets
            Addresses where it fetches the parts of the sheet; None: they come along.
        say
            Says the words of axes and legend in a language.
        more
            Entries of the header beside what the map says: a height, a selection.
        """
        found, samples = self.map, self.samples
        codes = found.codes
        decodes = self.decoder is not None and self.decoder.is_small
        anchors = self._anchors() if decodes else np.arange(len(found))
        inverse, sent = self._inverse(anchors) if decodes else (self._nearby(), {})
        colour, painted = coloured(self.colour, len(found), say)
        head = {
            "key": found.key,
            "n": len(found),
            "axes": [say(axis) for axis in found.axes],
            "ticks": found.linear is not None,
            "colour": colour,
            "parts": list(PARTS),
            "label_names": list(samples.label_names) if samples.labels is not None else [],
            "names": [samples.called(row) for row in codes.rows]
            if samples.names or samples.texts
            else [],
            "marks": [
                {"at": int((codes.rows == row).argmax()), "name": name}
                for name, row in zip(LETTERS, found.through, strict=False)
            ],
            "sheet": self.sheet
            and {
                "tile": self.sheet.tile,
                "columns": self.sheet.columns,
                "n_each": self.sheet.n_each,
                "n_parts": self.sheet.n_parts,
                "addresses": sheets and list(sheets),
            },
            "inverse": inverse,
            "shape": self.decoder and list(self.decoder.shape),
            "decoder": {"layers": self.decoder.layers, "shape": self.decoder.shape}
            if decodes and self.decoder
            else None,
            "trust": self.trust
            and {
                "floor": self.trust.floor,
                "ceiling": self.trust.ceiling,
                "reach": self.trust.reach,
                "trip": {
                    "low": self.trust.trip.low.tolist(),
                    "high": self.trust.trip.high.tolist(),
                    "shape": list(self.trust.trip.strayed.shape),
                },
            },
            **more,
        }
        labels = np.full(len(codes), -1) if samples.labels is None else samples.labels[codes.rows]
        arrays: dict[str, np.ndarray | bytes] = {
            "xy": found.positions.astype(np.float32),
            "row": codes.rows.astype(np.uint32),
            "label": np.where(labels < 0, _NONE, labels).astype(np.uint16),
            "part": codes.part.astype(np.uint8),
            "error": codes.error.astype(np.float32),
            **painted,
            **sent,
        }
        if self.sheet is not None and sheets is None:
            for number, webp in enumerate(self.sheet.parts):
                arrays[f"sheet{number or ''}"] = webp
        if decodes and self.decoder is not None:
            arrays["decoder"] = self.decoder.weights
        if self.trust is not None:
            arrays["kept"] = self.trust.kept
            arrays["strayed"] = self.trust.trip.strayed
            arrays["decoding_error"] = self.trust.decoding_error[anchors]
        return pack(head, arrays)

    def _anchors(self) -> np.ndarray:
        """Places in the codes of the points that are asked for what lies between them."""
        n, D = self.map.codes.z.shape
        if self.map.linear is not None or n * D <= N_NUMBERS:
            return np.arange(n)
        return np.unique(np.linspace(0, n - 1, max(N_NEAR + 1, N_NUMBERS // D)).astype(int))

    def _nearby(self) -> dict[str, Any] | None:
        """What it takes to tell of a place how far to believe it, where it is not decoded here."""
        return {"kind": "none", "k": N_NEAR, "ridge": RIDGE} if self.decoder else None

    def _inverse(self, anchors: np.ndarray) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The way back as JSON, and the arrays that it takes."""
        inverse = inverse_of(self.map)
        D = self.map.codes.n_dims
        told: dict[str, Any] = {"n_dims": D, "k": N_NEAR, "ridge": RIDGE}
        every = len(anchors) == len(self.map)
        sent = {} if every else {"anchors": anchors.astype(np.uint32)}
        if isinstance(inverse, LinearInverse):
            told |= {
                "kind": "linear",
                "origin": inverse.origin.tolist(),
                "at": inverse.at.tolist(),
                "components": inverse.components.tolist(),
            }
            return told, sent
        z = self.map.codes.z[anchors]
        scale = max(1.0, float(np.abs(z).max(initial=0.0)) / _LARGEST_HALF)
        told |= {"kind": "local", "scale": scale}
        return told, {**sent, "codes": (z / scale).astype(np.float16).view(np.uint16)}


def interactive_map(
    run: OpenRun, samples: SampleSet, found: LatentMap, trust: Trust | None = None
) -> InteractiveMap:
    """A map with all that can be told of it, coloured by class; without classes, by error."""
    labels = samples.labels
    colour: Colouring = (
        Values(found.codes.error, Sentence("mean squared error (lower is better)"))
        if labels is None
        else Groups(labels[found.codes.rows], tuple(samples.label_names))
    )
    if not samples.is_pictures:
        return InteractiveMap(found, samples, colour)
    sheet = sheet_of(samples, found.codes.rows)
    return InteractiveMap(found, samples, colour, sheet, portable(run, found.codes.z), trust)


def coloured(
    colour: Colouring | None, n: int, say: Say = Sentence
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """How points are coloured: as JSON, and as an array with an entry for each point."""
    if isinstance(colour, Values):
        known = np.isfinite(colour.value)
        value = np.where(known, colour.value, 0.0).astype(np.float32)
        # a few far values would leave all others one colour
        low, high = np.quantile(value[known], [0.01, 0.99]) if known.any() else (0.0, 1.0)
        high = high if high > low else low + 1.0
        table = _table()
        level = np.clip((value - low) / (high - low), 0, 1) * (len(table) - 1)
        rgb = table[np.rint(level).astype(int)]
        rgb[~known] = [int(UNLABELLED[i : i + 2], 16) for i in (1, 3, 5)]
        told = {
            "kind": "values",
            "title": say(colour.title),
            "low": float(low),
            "high": float(high),
            "stops": [stop for _, stop in value_scale()],
        }
        return told, {"rgb": rgb.astype(np.uint8)}
    groups = colour or Groups(np.zeros(n, int), (say("pictures"),))
    index = groups.index
    outside = (index < 0) | (index >= len(groups.names))
    told = {
        "kind": "groups",
        "names": list(groups.names),
        "colours": class_colours(len(groups.names)),
        "other": say(groups.other),
        "unlabelled": UNLABELLED,
    }
    return told, {"group": np.where(outside, _NONE, index).astype(np.uint16)}


def _table() -> np.ndarray:
    """The scale of values in 256 steps, uint8 `(256, 3)`."""
    from aecore.figures.colours import to_rgb

    stops = [(at, to_rgb(colour)) for at, colour in value_scale()]
    at, rgb = np.array([a for a, _ in stops]), np.array([c for _, c in stops], float)
    steps = np.linspace(0, 1, 256)
    table = np.stack([np.interp(steps, at, rgb[:, c]) for c in range(3)], axis=1)
    found: np.ndarray = np.rint(table).astype(np.uint8)
    return found
