"""Front-end components: found in the assets folder, fed one packed message of header and arrays."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "components"
_TYPES = {"f4": "<f4", "u1": "u1", "u2": "<u2"}


@cache
def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def component(name: str) -> Any:
    """The component `assets/components/<name>.{html,css,js}`, ready to be mounted.

    It is declared again for each use, which costs nothing where nothing changed: a declaration
    belongs to one Streamlit runtime, and tests start many in a process.
    """
    return st.components.v2.component(
        f"latent_lab_{name}",
        html=_read(f"{name}.html"),
        css=_read("shared.css") + _read(f"{name}.css"),
        js=_read("payload.js") + _read(f"{name}.js"),
    )


def pack(head: Mapping[str, Any], arrays: Mapping[str, np.ndarray | bytes]) -> bytes:
    """One message: length of the header, the header as JSON, then each array on 8 bytes.

    Raw bytes at the top level are the only binary that Streamlit hands to a component as it is.

    Parameters
    ----------
    head
        Anything JSON can hold; names, types and lengths of the arrays are added.
    arrays
        float32, uint8 or uint16, of any shape (sent flat), or bytes.
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
