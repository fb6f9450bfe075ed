"""Places of a group as text for a link, however the group was come by."""

from __future__ import annotations

import base64
import zlib

import numpy as np

_N_BYTES = 200_000
"""Of an unpacked text at the most: no map has so many points."""


def places_to_text(places: np.ndarray) -> str:
    """Different places, int `(k,)`, as letters, digits, `-` and `_`; some hundred for some hundred.

    Steps from one place to the next are mostly small: they are written as numbers of one byte or
    more (LEB128), packed by zlib.

    Examples
    --------
    >>> places_from_text(places_to_text(np.array([3, 900, 70000]))).tolist()
    [3, 900, 70000]
    """
    steps = np.diff(np.unique(places), prepend=-1) - 1
    written = bytearray()
    for step in steps.tolist():
        left = step
        while left > 127:
            written.append(left & 127 | 128)
            left >>= 7
        written.append(left)
    packed = zlib.compress(bytes(written), 9, -zlib.MAX_WBITS)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def places_from_text(text: str) -> np.ndarray:
    """Inverse of `places_to_text`, int64, rising; of any other text, no places."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        written = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _N_BYTES)
    except (ValueError, zlib.error):
        return np.arange(0)
    places, place, step, shift = [], -1, 0, 0
    for byte in written:
        step |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            place += step + 1
            places.append(place)
            step = shift = 0
        elif shift > 28:
            return np.arange(0)
    return np.array(places, np.int64)
