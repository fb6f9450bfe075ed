"""Files of the same kinds as other programs write them, for which nothing was made first."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from aecore.bench.inputs import files
from aecore.bench.inputs.cases import Case, both, has_classes, of_set
from aecore.bench.inputs.files import encoded, noise, tiff

_ROWS = "\n".join(f"{i}.png,{'xy'[i % 2]}" for i in range(6))


def other_cases() -> Iterator[Case]:
    """All of them."""
    yield from _pictures()
    yield from _layouts()
    yield from _tables()


def _pictures() -> Iterator[Case]:
    random = np.random.default_rng(3)
    for bits in (1, 2, 4):
        values = random.integers(0, 2**bits, (8, 16))
        clear = np.where(values == 1, 1.0, values / (2**bits - 1))[None]
        name = f"PNG of {bits} bits with a transparent grey"
        data = _grey_png(values, bits, b"\0\1")
        yield from both("others", name, data, clear, as_photo=False)
    colours = random.integers(0, 256, (3, 256)).astype(np.uint16)
    x = random.integers(0, 256, (12, 16), np.uint8)
    for deep in (1, 257):
        data = tiff(x, photometric="palette", colormap=colours * deep)
        yield from both("others", f"TIFF palette times {deep}", data, colours[:, x] / 255)
    for order in "<>":
        deep_x = random.integers(0, 65_536, (16, 17)).astype(np.uint16)
        data = tiff(deep_x, byteorder=order, compression="lzw", predictor=True, tile=(16, 16))
        yield from both("others", f"TIFF {order} tiles, predictor", data, deep_x[None] / 65_535)
    floats = random.random((16, 17)).astype(np.float32)
    data = tiff(floats, compression="deflate", predictor=3)
    yield from both("others", "TIFF of floats, predictor", data, floats[None])
    data = tiff((floats + 1j).astype(np.complex64))
    yield from both("others", "TIFF of complex numbers", data, floats[None])
    for kinds in ((1, 0), (0, 1)):
        data = _with_preview(deep_x, kinds)
        yield from both("others", f"TIFF, preview {kinds}", data, deep_x[None] / 65_535)
    flat = np.full((16, 24, 3), (200, 40, 90), np.uint8)
    inks = np.dstack([255 - flat, np.zeros((16, 24), np.uint8)])
    for name, data in {
        "TIFF of inks": tiff(inks, photometric="separated"),
        "TIFF of inks, 16 bits": tiff(inks.astype(np.uint16) * 257, photometric="separated"),
        "JPEG with bytes behind it": encoded(flat, "JPEG", quality=95) + bytes(5_000),
        "JPEG of scans with restarts": encoded(
            flat, "JPEG", quality=95, progressive=True, restart_marker_rows=1
        ),
    }.items():
        yield from both("others", name, data, flat.transpose(2, 0, 1) / 255, atol=8)


def _grey_png(values: np.ndarray, bits: int, clear: bytes) -> bytes:
    height, width = values.shape
    rows = [
        int("".join(format(int(value), f"0{bits}b") for value in row), 2).to_bytes(
            width * bits // 8
        )
        for row in values
    ]
    out = b"\x89PNG\r\n\x1a\n"
    for kind, content in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)),
        (b"tRNS", clear),
        (b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))),
        (b"IEND", b""),
    ):
        check = struct.pack(">I", zlib.crc32(kind + content))
        out += struct.pack(">I", len(content)) + kind + content + check
    return out


def _with_preview(x: np.ndarray, kinds: tuple[int, int]) -> bytes:
    """A TIFF of two pages: 1 is the preview, 0 the picture."""
    from tifffile import TiffWriter

    file = io.BytesIO()
    with TiffWriter(file) as writer:
        for kind in kinds:
            page = x[::2, ::2] if kind else x
            writer.write(page, subfiletype=kind, photometric="minisblack", metadata=None)
    return file.getvalue()


def _png(i: int) -> bytes:
    return encoded(noise(12, 12, 3, seed=i), "PNG")


def _layouts() -> Iterator[Case]:
    for train, other in (
        ("Train", "VALIDATION"),
        ("training_set", "test_set"),
        ("train2017", "val2017"),
        ("seg_train", "seg_test"),
        ("train", "holdout"),
    ):
        members = {
            f"{part}/{c}/{i}.png": _png(100 * k + 10 * ord(c) + i)
            for k, part in enumerate((train, other))
            for c in "ab"
            for i in range(4)
        }
        part = "val" if "val" in other.lower() else "test"
        is_right = partial(_has_part, part)
        judge = partial(of_set, members, {"size_px": 8}, is_right, "as the import says")
        yield Case("others", f"folders {train} and {other}", judge)
    for code, names in {
        "cp866": ("кошки", "собаки"),
        "cp1251": ("кошки", "собаки"),
        "big5": ("貓咪", "小狗"),
    }.items():
        packed = {
            f"{name}/{i}.png".encode(code): _png(i + 50 * (name == names[0]))
            for name in names
            for i in range(4)
        }
        judge = partial(of_set, files.old_zip(packed), {}, partial(has_classes, names), "")
        yield Case("others", f"names in {code}", judge)


def _has_part(part: str, samples: Any, _: Any) -> bool:
    return samples.label_names == ("a", "b") and len(samples.parts[part]) == 8


def _tables() -> Iterator[Case]:
    for name, table in {
        "in UTF-16": ("file,label\n" + _ROWS).encode("utf-16"),
        "of Excel in Germany": ("sep=;\r\nfile;label\r\n" + _ROWS.replace(",", ";")).encode(),
        "with lines ended by CR": ("file,label\n" + _ROWS).replace("\n", "\r").encode(),
        "with a comment above": ("# by hand\n\nfile,label\n" + _ROWS).encode(),
        "of numbers without endings": ("image_id,breed\n" + _ROWS.replace(".png", "")).encode(),
        "with the paths of another machine": (
            "path,label\n" + "".join(f"C:\\my\\{row}\n" for row in _ROWS.split("\n"))
        ).encode(),
        "with capitals": ("file,label\n" + _ROWS.replace(".png", ".PNG")).encode(),
    }.items():
        members = {**{f"img/{i}.png": _png(i) for i in range(6)}, "labels.csv": table}
        judge = partial(of_set, members, {"size_px": 8}, partial(has_classes, ("x", "y")), "")
        yield Case("others", f"a table {name}", judge)
