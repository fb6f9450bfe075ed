"""Files as cameras, microscopes, phones and other programs write them, made in code."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

NAME = "© Jürgen Müller, 東京".encode()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmp:Rating="5"/></x:xmpmeta>'
IPTC = b"\x1c\x02\x19\x00\x06Kr\xc3\xbcge"


def noise(*shape: int, dtype: Any = np.uint8, seed: int = 0) -> np.ndarray:
    """Whole numbers over the whole range of a type."""
    top = np.iinfo(dtype).max
    found: np.ndarray = np.random.default_rng(seed).integers(0, top, shape, dtype, endpoint=True)
    return found


def encoded(x: np.ndarray, kind: str, **options: Any) -> bytes:
    """Pixels `(H, W)` or `(H, W, C)` as Pillow writes them."""
    file = io.BytesIO()
    Image.fromarray(x).save(file, kind, **options)
    return file.getvalue()


def tiff(x: np.ndarray, **options: Any) -> bytes:
    """Pixels as tifffile writes them."""
    from tifffile import imwrite

    file = io.BytesIO()
    imwrite(file, x, metadata=None, **options)
    return file.getvalue()


def packed_tiff(x: np.ndarray, bits: int) -> bytes:
    """A grey TIFF whose values take any number of bits."""
    H, W = x.shape
    rows = b""
    for row in x:
        text = "".join(format(int(value), f"0{bits}b") for value in row)
        text += "0" * (-len(text) % 8)
        rows += int(text, 2).to_bytes(len(text) // 8)
    entries = [(256, W), (257, H), (258, bits), (259, 1), (262, 1), (273, 134), (277, 1), (278, H)]
    entries += [(279, len(rows)), (284, 1)]
    listed = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + listed + bytes(4) + rows


def animated(frames: list[np.ndarray], kind: str) -> bytes:
    """Several frames in one file."""
    file = io.BytesIO()
    images = [Image.fromarray(frame) for frame in frames]
    images[0].save(file, kind, save_all=True, append_images=images[1:])
    return file.getvalue()


def raw_file() -> bytes:
    """A camera's raw file: a small preview first, the mosaic behind it."""
    from tifffile import TiffWriter

    file = io.BytesIO()
    with TiffWriter(file) as writer:
        tags = [(50706, "B", 4, bytes([1, 4, 0, 0]), True)]
        preview = noise(60, 80, 3)
        writer.write(preview, photometric="rgb", subfiletype=1, subifds=1, extratags=tags)
        writer.write(noise(40, 60, dtype=np.uint16), photometric=32803, subfiletype=0)
    return file.getvalue()


def with_chunk(png: bytes, kind: bytes, content: bytes) -> bytes:
    """A PNG with one chunk more, behind its header."""
    check = struct.pack(">I", zlib.crc32(kind + content))
    return png[:33] + struct.pack(">I", len(content)) + kind + content + check + png[33:]


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """A JPEG with one segment more, at its beginning."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def old_zip(members: Mapping[bytes, bytes]) -> bytes:
    """A zip that does not say in which code its names are."""
    body, directory = b"", b""
    for name, content in members.items():
        about = (zlib.crc32(content), len(content), len(content), len(name), 0)
        sizes = struct.pack("<LLLHH", *about)
        directory += struct.pack("<4s6H", b"PK\1\2", 20, 20, 0, 0, 0, 0) + sizes
        directory += struct.pack("<HHHLL", 0, 0, 0, 0, len(body)) + name
        body += struct.pack("<4s5H", b"PK\3\4", 20, 0, 0, 0, 0) + sizes + name + content
    n = len(members)
    end = struct.pack("<4s4HLLH", b"PK\5\6", 0, 0, n, n, len(directory), len(body), 0)
    return body + directory + end
