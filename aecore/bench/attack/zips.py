"""Hostile zips: bombs, members on one stretch of bytes, names, directories that lie."""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from functools import partial

from aecore.bench.attack.pictures import Maker, picture, png, random_bytes, zeros
from aecore.bench.attack.tiffs import tile_bomb

_BZIP2, _LZMA = 12, 14


def zipped(members: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """An honest zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def by_hand(
    content: bytes, *, method: int, n_bytes: int, n: int = 1, checksum: int = 0, flags: int = 0
) -> bytes:
    """Members that say of their content what they like."""
    files = directory = b""
    for i in range(n):
        name = f"{i}.png".encode()
        common = (flags, method, 0, 0, checksum, len(content), n_bytes, len(name), 0)
        at = len(files)
        files += struct.pack("<4s5H3L2H", b"PK\3\4", 20, *common) + name + content
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, *common, 0, 0, 0, 0, at) + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, n, n, len(directory), len(files), 0)
    return files + directory + end


def on_one_stretch(n: int, content: bytes) -> bytes:
    """A directory that names one member many times."""
    common = (0, 0, 0, 0, zlib.crc32(content), len(content), len(content), 5, 0)
    file = struct.pack("<4s5H3L2H", b"PK\3\4", 20, *common) + b"a.png" + content
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, *common, 0, 0, 0, 0, 0) + b"a.png"
    listed = min(n, 65_535)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, listed, listed, len(entry) * n, len(file), 0)
    return file + entry * n + end


def bomb(method: int, n_bytes: int) -> bytes:
    """A member of zeros, packed in a way that unpacks them all at once."""
    block = bytes(1 << 24)
    if method == _BZIP2:
        packing: bz2.BZ2Compressor | lzma.LZMACompressor = bz2.BZ2Compressor(9)
        head = b""
    else:
        filters = [{"id": lzma.FILTER_LZMA1, "preset": 0}]
        packing = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=filters)
        head = struct.pack("<BBHBI", 9, 4, 5, 0x5D, 1 << 18)
    parts = [packing.compress(block) for _ in range(n_bytes >> 24)]
    content = b"".join((head, *parts, packing.flush()))
    return by_hand(content, method=method, n_bytes=n_bytes)


def good(n: int = 8) -> list[tuple[str, bytes]]:
    """Honest pictures, so that what is hostile costs itself alone."""
    return [(f"good{i}.png", picture(32 + i, 32)) for i in range(n)]


def zips() -> Iterator[tuple[str, Maker]]:
    """All of them."""
    for method, about in ((_BZIP2, "bzip2"), (_LZMA, "LZMA")):
        yield f"zip of 1.5 GB, {about}", partial(bomb, method, 96 << 24)
    for n, size in ((64, 2**30), (100, 60 * 2**20)):
        yield f"zip of {n} times {size >> 20} MB, deflate", partial(_deflated, n, size)
    for n, about, content in (
        (5_000, "24 MP", partial(png, 6_000, 4_000, bits=1, colour=0)),
        (200_000, "small", partial(picture, 8, 8)),
        (200_001, "small", partial(picture, 8, 8)),
        (1_300_000, "small", partial(picture, 8, 8)),
    ):
        yield f"zip of one {about} picture {n:,} times", partial(_many_of_one, n, content)
    for n_bytes in (10, 2**32 - 2):
        yield f"zip whose members say {n_bytes:,} bytes", partial(_lying, n_bytes)
    for method in (9, 12, 14, 93, 95, 99):
        yield f"zip of method {method}", partial(by_hand, b"abc", method=method, n_bytes=10, n=5)
    yield "zip that is encrypted", partial(by_hand, b"abc", method=0, n_bytes=3, n=5, flags=1)
    yield "zip of nothing", partial(zipped, [])
    yield "zip in zips, 50 deep", _nested
    yield "zip cut in two", _cut
    yield (
        "zip without a directory",
        partial(bytes, b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 5, 5, 2**31, 2**31, 0)),
    )
    yield "zip behind random bytes", _behind
    yield "zip with a false end in its comment", _false_end
    yield "zip64 that lies", _lying64
    yield "zip of 20,000 classes", partial(_of_classes, 20_000)
    yield "zip of 3,000 files that are none", partial(_of_nothing, 3_000)
    yield "zip of names that climb out", partial(_named, _CLIMBING)
    yield "zip of odd names", partial(_named, _ODD)
    yield "zip of a name of 60,000 letters", partial(_named, ("x" * 60_000 + ".png",))
    yield "zip of 20,000 folders in each other", partial(_named, ("d/" * 20_000 + "1.png",))
    yield "zip of a name that is no UTF-8", _not_utf8
    yield "zip with a tile bomb among good ones", _with_bomb


_CLIMBING = ("../../x.png", "/x.png", "..\\..\\y.png", "C:\\z.png", "a/../../b.png", "~/d.png")
_ODD = (
    "\x1b[2J.png",
    "a\nb/c.png",
    "\u202egnp.png",
    "<img src=x onerror=alert(1)>/1.png",
    "[a](javascript:alert(1))/1.png",
    "=cmd|' /C calc'!A0/1.png",
    "con/1.png",
)


def _deflated(n: int, n_bytes: int) -> bytes:
    return by_hand(zeros(n_bytes, -15), method=8, n_bytes=n_bytes, n=n)


def _many_of_one(n: int, content: Maker) -> bytes:
    return on_one_stretch(n, content())


def _lying(n_bytes: int) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = packing.compress(picture()) + packing.flush()
    return by_hand(content, method=8, n_bytes=n_bytes, n=5)


def _nested() -> bytes:
    data = zipped(good(1))
    for _ in range(50):
        data = zipped([("x.zip", data)])
    return data


def _cut() -> bytes:
    data = zipped(good())
    return data[: len(data) // 2]


def _behind() -> bytes:
    return random_bytes(1_000) + zipped(good())


def _false_end() -> bytes:
    comment = b"PK\5\6" + bytes(18)
    return zipped(good())[:-2] + struct.pack("<H", len(comment)) + comment


def _lying64() -> bytes:
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2**63, 2**63, 46, 2**60)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65_535, 65_535, 2**32 - 1, 2**32 - 1, 0)
    return bytes(100) + end64 + locator + end


def _of_classes(n: int) -> bytes:
    return zipped([(f"class{i}/x.png", picture(8, 8)) for i in range(n)])


def _of_nothing(n: int) -> bytes:
    return zipped([(f"{i}.png", b"no") for i in range(n)])


def _named(names: Sequence[str]) -> bytes:
    return zipped([(name, picture(32 + i, 32)) for i, name in enumerate(names)] + good(5))


def _not_utf8() -> bytes:
    return zipped([("\u00e9.png", picture()), *good(5)]).replace("\u00e9".encode(), b"\xff\xfe")


def _with_bomb() -> bytes:
    return zipped([("bomb.tif", tile_bomb()), *good()])
