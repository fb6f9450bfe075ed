"""Hostile TIFF files: tiles, strips, packing, pages, directories that run in a circle."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from aecore.bench.attack.pictures import (
    Maker,
    jpeg_of_size,
    notes_on_one_stretch,
    picture,
    random_bytes,
    zeros,
)

Entry = tuple[int, int, int, int | bytes | None]
"""Tag, type (3: 16 bits, 4: 32 bits), count and value; None: where the content lies."""
_RAW, _LZW, _JPEG, _DEFLATE, _LZMA, _ZSTD = 1, 5, 7, 8, 34925, 50000


def tiff(entries: Sequence[Entry], content: bytes = b"", following: int = 0) -> bytes:
    """One directory, what does not fit into it, and the content."""
    at = 8 + 2 + 12 * len(entries) + 4
    behind = b""
    rows: list[tuple[int, int, int, bytes | None]] = []
    for tag, kind, count, value in sorted(entries, key=lambda entry: entry[0]):
        cell: bytes | None
        if value is None:
            cell = None
        elif isinstance(value, bytes) and len(value) > 4:
            cell = struct.pack("<I", at + len(behind))
            behind += value + b"\0" * (len(value) % 2)
        elif isinstance(value, bytes):
            cell = value.ljust(4, b"\0")
        else:
            cell = struct.pack("<HH", value, 0) if kind == 3 else struct.pack("<I", value)
        rows.append((tag, kind, count, cell))
    where = struct.pack("<I", at + len(behind))
    directory = b"".join(struct.pack("<HHI", *row[:3]) + (row[3] or where) for row in rows)
    head = b"II*\0" + struct.pack("<IH", 8, len(rows))
    return head + directory + struct.pack("<I", following) + behind + content


def striped(
    width: int,
    height: int,
    *,
    bits: int = 8,
    samples: int = 1,
    packing: int = _RAW,
    content: bytes = b"",
    more: Sequence[Entry] = (),
    following: int = 0,
) -> bytes:
    """A TIFF of one strip."""
    places: list[Entry] = [(273, 4, 1, None), (278, 4, 1, height), (279, 4, 1, len(content))]
    head = _about(width, height, bits, samples, packing)
    changed = {entry[0] for entry in more}
    kept = [entry for entry in (*head, *places) if entry[0] not in changed]
    return tiff([*kept, *more], content, following)


def tiled(
    size: tuple[int, int], tile: tuple[int, int], *, bits: int, packing: int, content: bytes
) -> bytes:
    """A TIFF of one tile, which may be larger than the picture."""
    places: list[Entry] = [(322, 4, 1, tile[0]), (323, 4, 1, tile[1])]
    places += [(324, 4, 1, None), (325, 4, 1, len(content))]
    return tiff([*_about(*size, bits, 1, packing), *places], content)


def _about(width: int, height: int, bits: int, samples: int, packing: int) -> list[Entry]:
    depth = struct.pack(f"<{samples}H", *[bits] * samples) if samples <= 4 else bits
    return [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, samples if samples <= 4 else 1, depth),
        (259, 3, 1, packing),
        (262, 3, 1, 2 if samples in (3, 4) else 1),
        (277, 3, 1, samples),
    ]


def packed_zeros(n_bytes: int, packing: int) -> bytes:
    """So many zeros, as a TIFF packs them."""
    if packing == _DEFLATE:
        return zeros(n_bytes)
    if packing == _LZMA:
        import lzma

        return lzma.compress(bytes(n_bytes), preset=0)
    if packing == _ZSTD:
        from imagecodecs import zstd_encode

        return bytes(zstd_encode(bytes(n_bytes), level=1))
    return bytes(1000)


def tile_bomb(side: int = 32_768, bits: int = 16, packing: int = _DEFLATE) -> bytes:
    """A picture of 64 x 64 in one tile of `side` x `side`."""
    content = packed_zeros(side * side * bits // 8, packing)
    return tiled((64, 64), (side, side), bits=bits, packing=packing, content=content)


def big(x: np.ndarray) -> bytes:
    """An honest BigTIFF."""
    from tifffile import imwrite

    file = io.BytesIO()
    imwrite(file, x, bigtiff=True)
    return file.getvalue()


def tiffs() -> Iterator[tuple[str, Maker]]:
    """All of them."""
    yield from _of_tiles()
    yield from _of_strips()
    yield from _of_pages()
    yield from _of_lies()


def _of_tiles() -> Iterator[tuple[str, Maker]]:
    for side in (4_096, 16_384, 32_768):
        for bits in (8, 16):
            for packing in (_RAW, _DEFLATE):
                about = f"TIFF in a tile of {side} px, {bits} bits, packing {packing}"
                yield about, partial(tile_bomb, side, bits, packing)
    yield "TIFF in a tile of 20,000 px, LZMA", partial(tile_bomb, 20_000, 16, _LZMA)
    yield "TIFF in a tile of 20,000 px, zstd", partial(tile_bomb, 20_000, 16, _ZSTD)
    yield (
        "TIFF in a tile of 2^31 px",
        partial(tiled, (64, 64), (2**31 - 16, 16), bits=16, packing=_DEFLATE, content=zeros(1000)),
    )
    for bits in (8, 16):
        yield f"TIFF of 250,000 tiles, {bits} bits", partial(_of_many_tiles, bits)


def _of_many_tiles(bits: int) -> bytes:
    n = 500 * 500
    at, size = struct.pack("<I", 8), struct.pack("<I", 32 * bits)
    places: list[Entry] = [
        (322, 4, 1, 16),
        (323, 4, 1, 16),
        (324, 4, n, at * n),
        (325, 4, n, size * n),
    ]
    return tiff([*_about(8_000, 8_000, bits, 1, _RAW), *places], bytes(600))


def _of_strips() -> Iterator[tuple[str, Maker]]:
    for bits in (8, 16):
        for packing, about in ((_DEFLATE, "deflate"), (_LZMA, "LZMA"), (_ZSTD, "zstd")):
            yield (
                f"TIFF with a strip of 512 MB, {about}, {bits} bits",
                partial(_strip_bomb, bits, packing),
            )
        yield (
            f"TIFF of LZW that means nothing, {bits} bits",
            partial(striped, 2_000, 2_000, bits=bits, packing=_LZW, content=random_bytes(50_000)),
        )
        yield (
            f"TIFF whose strip is not there, {bits} bits",
            partial(striped, 2_000, 2_000, bits=bits, more=[(279, 4, 1, 2**32 - 1)]),
        )
    for n in (250_000, 2_000_000, 6_000_000):
        yield f"TIFF of {n:,} strips", partial(_of_many_strips, n)
    for samples in (3, 4):
        about = f"TIFF of 64 MP, {samples} channels of 16 bits"
        yield about, partial(_large, samples)
    yield (
        "TIFF of rows without end",
        partial(striped, 64, 64, bits=16, content=bytes(8192), more=[(278, 4, 1, 2**32 - 1)]),
    )


def _strip_bomb(bits: int, packing: int) -> bytes:
    return striped(64, 64, bits=bits, packing=packing, content=packed_zeros(2**29, packing))


def _of_many_strips(n: int) -> bytes:
    places: list[Entry] = [(273, 4, n, struct.pack("<I", 8) * n), (278, 4, 1, 1)]
    places += [(279, 4, n, struct.pack("<I", 4) * n)]
    return tiff([*_about(4, n, 8, 1, _RAW), *places], bytes(600))


def _large(samples: int) -> bytes:
    content = zeros(8_000 * 8_000 * 2 * samples)
    more: list[Entry] = [(338, 3, 1, 2)] if samples == 4 else []
    return striped(
        8_000, 8_000, bits=16, samples=samples, packing=_DEFLATE, content=content, more=more
    )


def _of_pages() -> Iterator[tuple[str, Maker]]:
    for bits in (8, 16):
        whole = bytes(64 * 64 * bits // 8)
        yield (
            f"TIFF whose page is its next, {bits} bits",
            partial(striped, 64, 64, bits=bits, content=whole, following=8),
        )
        yield f"TIFF of 100,000 pages, {bits} bits", partial(_of_many_pages, bits, 100_000)
        yield (
            f"TIFF with directories in a circle, {bits} bits",
            partial(
                striped,
                64,
                64,
                bits=bits,
                content=whole,
                more=[(330, 4, 1, 8), (34665, 4, 1, 8), (34853, 4, 1, 8)],
            ),
        )
    for tags, size in ((65_535, 2**20), (2_000, 10 * 2**20)):
        yield f"TIFF of {tags:,} tags on {size >> 20} MB", partial(notes_on_one_stretch, tags, size)
    yield "TIFF without a directory", partial(bytes, b"II*\0\0\0\0\0")
    yield "TIFF with a directory beyond its end", partial(bytes, b"II*\0\0\0\0\x80")
    yield "TIFF whose directory is its head", partial(bytes, b"II*\0\0\0\0\0" + bytes(64))
    yield "TIFF of tags that are not there", partial(bytes, b"II*\0\x08\0\0\0\xff\xff" + bytes(100))


def _of_many_pages(bits: int, n: int) -> bytes:
    content = 64 * 64 * bits // 8
    about: list[Entry] = [*_about(64, 64, bits, 1, _RAW), (273, 4, 1, 8), (278, 4, 1, 64)]
    about += [(279, 4, 1, content)]
    size = 2 + 12 * len(about) + 4
    pages = [b"II*\0" + struct.pack("<I", 8 + content) + bytes(content)]
    for i in range(1, n + 1):
        following = 8 + content + size * i if i < n else 0
        pages.append(tiff(about, following=following)[8:])
    return b"".join(pages)


def _of_lies() -> Iterator[tuple[str, Maker]]:
    yield "TIFF of 2^32 px", partial(striped, 2**32 - 1, 2**32 - 1, content=bytes(100))
    for samples in (5, 64, 65_535):
        for bits in (8, 16):
            yield (
                f"TIFF of {samples} channels, {bits} bits",
                partial(striped, 64, 64, bits=bits, samples=samples, content=bytes(9_000)),
            )
    for tag, value, what in (
        (32997, 100_000, "depth"),
        (284, 2, "planes that are not there"),
        (317, 3, "predictor"),
        (266, 2, "bit order"),
        (274, 99, "orientation"),
        (339, 3, "number format"),
    ):
        yield (
            f"TIFF with a false {what}",
            partial(striped, 64, 64, bits=16, content=bytes(8_192), more=[(tag, 4, 1, value)]),
        )
    for bits in (8, 16):
        yield (
            f"TIFF of a JPEG that lies, {bits} bits",
            partial(
                striped, 64, 64, bits=bits, packing=_JPEG, content=jpeg_of_size(65_500, 65_500, "L")
            ),
        )
    yield (
        "TIFF of the old kind of JPEG",
        partial(striped, 64, 64, samples=3, packing=6, content=picture(64, 64, "JPEG")),
    )
    yield (
        "TIFF of JPEG 2000",
        partial(striped, 64, 64, bits=16, packing=34712, content=b"\xff\x4f\xff\x51" + bytes(60)),
    )
    yield "BigTIFF", partial(big, np.zeros((64, 64), np.uint16))
    yield (
        "BigTIFF of 2^60 tags",
        partial(bytes, b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**60) + bytes(64)),
    )
    yield (
        "TIFF with 50 MB of words",
        partial(
            striped,
            64,
            64,
            bits=16,
            content=bytes(8_192),
            more=[(270, 2, 50_000_000, b"a" * 50_000_000)],
        ),
    )
    yield (
        "TIFF of ImageJ with 2^31 pictures",
        partial(
            striped,
            64,
            64,
            bits=16,
            content=bytes(8_192),
            more=[
                (
                    270,
                    2,
                    60,
                    b"ImageJ=1.54\nimages=2147483647\nslices=2147483647\n".ljust(60, b"\0"),
                )
            ],
        ),
    )
    yield (
        "TIFF of deflate that means nothing",
        partial(striped, 64, 64, bits=16, packing=_DEFLATE, content=zlib.compress(bytes(9))),
    )
