"""How a picture becomes a sample: size, colour, fit, ground and range, kept with its set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aecore.imaging.fitting import Fit, Ground
from aecore.imaging.pixels import Colour, Values


@dataclass(frozen=True)
class Framing:
    """How a picture becomes a sample.

    Parameters
    ----------
    size_px
        Height and width to fit and resize to; None keeps every pixel.
    max_side_px
        Longest side to resize to where it is longer; nothing is cut.
    colour
        "native": one channel where all three are equal, else three.
    fit
        What happens to pictures of another shape.
    ground
        What lies under transparent parts, and the colour of bars.
    values
        What becomes black and white of pictures with more than 8 bits, or floats (all, where one
        range is given); None: what their kind of numbers reaches.
    """

    size_px: tuple[int, int] | None = None
    max_side_px: int | None = None
    colour: Colour = "native"
    fit: Fit = "cut"
    ground: Ground = "white"
    values: Values | None = None

    def to_json(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Framing:
        """What `to_json` gave.

        Examples
        --------
        >>> framing = Framing((32, 64), fit="bars", values={"f32": (0.0, 4.0)})
        >>> Framing.from_json(framing.to_json()) == framing
        True
        """
        size_px, values = found["size_px"], found["values"]
        if isinstance(values, Mapping):
            values = {code: (low, high) for code, (low, high) in values.items()}
        elif values is not None:
            values = (values[0], values[1])
        size = None if size_px is None else (size_px[0], size_px[1])
        return cls(**{**found, "size_px": size, "values": values})
