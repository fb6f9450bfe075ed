"""One message of header and arrays, as front-end components and pages without a server read it."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

_TYPES = {"f4": "<f4", "u1": "u1", "u2": "<u2", "u4": "<u4"}


def pack(head: Mapping[str, Any], arrays: Mapping[str, np.ndarray | bytes]) -> bytes:
    """One message: length of the header, the header as JSON, then each array on 8 bytes.

    Raw bytes at the top level are the only binary that Streamlit hands to a component as it is.

    Parameters
    ----------
    head
        Anything JSON can hold; names, types and lengths of the arrays are added.
    arrays
        float32, uint8, uint16 or uint32, of any shape (sent flat), or bytes.
    """
    flat = {
        name: np.frombuffer(value, np.uint8)
        if isinstance(value, bytes)
        else np.ascontiguousarray(value).ravel()
        for name, value in arrays.items()
    }
    codes = {name: f"{array.dtype.kind}{array.dtype.itemsize}" for name, array in flat.items()}
    listed = [[name, codes[name], len(array)] for name, array in flat.items()]
    header = json.dumps({**head, "arrays": listed}, allow_nan=False).encode()
    message = bytearray(struct.pack("<I", len(header)) + header)
    for name, array in flat.items():
        message += b"\0" * (-len(message) % 8)
        message += array.astype(_TYPES[codes[name]]).tobytes()
    return bytes(message)


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Inverse of `pack`, as `payload.js` does it; for tests."""
    length = struct.unpack_from("<I", message)[0]
    head = json.loads(message[4 : 4 + length])
    at, arrays = 4 + length, {}
    for name, code, n in head.pop("arrays"):
        at += -at % 8
        arrays[name] = np.frombuffer(message, _TYPES[code], n, at)
        at += arrays[name].nbytes
    return head, arrays
