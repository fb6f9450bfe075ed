"""Hostile PNG, JPEG, GIF, WebP and BMP files, and what is no picture; made in code."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

import numpy as np
from PIL import Image

Maker = Callable[[], bytes]
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


@lru_cache(maxsize=8)
def zeros(n_bytes: int, wbits: int = 15) -> bytes:
    """So many zeros, deflated."""
    packing = zlib.compressobj(9, zlib.DEFLATED, wbits)
    block = bytes(1 << 24)
    parts = [packing.compress(block[: min(len(block), n_bytes - at)]) for at in _steps(n_bytes)]
    return b"".join((*parts, packing.flush()))


def _steps(n_bytes: int) -> range:
    return range(0, n_bytes, 1 << 24)


def picture(width: int = 64, height: int = 48, kind: str = "PNG", mode: str = "RGB") -> bytes:
    """An honest file of noise."""
    x = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(x).convert(mode).save(file, kind)
    return file.getvalue()


def random_bytes(n_bytes: int, seed: int = 0) -> bytes:
    """Bytes that mean nothing."""
    return np.random.default_rng(seed).bytes(n_bytes)


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    """A PNG's chunk with a checksum that holds."""
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png(
    width: int = 64,
    height: int = 64,
    *,
    bits: int = 8,
    colour: int = 2,
    before: bytes = b"",
    pixels: bytes | None = None,
) -> bytes:
    """A black PNG with `before` in front of its pixels; nothing in it need be true."""
    if pixels is None:
        pixels = zeros(((width * _CHANNELS[colour] * bits + 7) // 8 + 1) * height)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return _SIGNATURE + head + before + chunk(b"IDAT", pixels) + chunk(b"IEND")


def notes_on_one_stretch(n_tags: int, n_bytes: int, pointer: int = 0) -> bytes:
    """EXIF of many tags that all hold the same bytes; in a block of its own behind `pointer`."""
    first = 8
    head = b"II*\0" + struct.pack("<I", first)
    if pointer:
        inner = first + 2 + 12 + 4
        head += struct.pack("<HHHIII", 1, pointer, 4, 1, inner, 0)
        first = inner
    at = first + 2 + 12 * n_tags + 4
    entries = b"".join(struct.pack("<HHII", tag, 7, n_bytes, at) for tag in range(n_tags))
    return head + struct.pack("<H", n_tags) + entries + struct.pack("<I", 0) + bytes(n_bytes)


def jpeg_of_scans(width: int, height: int, n_scans: int) -> bytes:
    """A progressive JPEG whose scans say, in a few bytes each, that nothing changes."""
    honest = picture(8, 8, "JPEG", "L")
    at = honest.find(b"\xff\xdb")
    tables = honest[at : at + 2 + struct.unpack_from(">H", honest, at + 2)[0]]
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    codes = b"".join(
        b"\xff\xc4" + struct.pack(">H", 20) + bytes([kind, 1, *[0] * 15, symbol])
        for kind, symbol in ((0x00, 0x00), (0x10, 0xE0))
    )
    n_blocks = -(-width // 8) * -(-height // 8)
    bits = ("0" + "1" * 14) * -(-n_blocks // (2**15 - 1))
    bits += "1" * (-len(bits) % 8)
    runs = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")

    def scan(first: int, last: int, content: bytes) -> bytes:
        return b"\xff\xda" + struct.pack(">HB", 8, 1) + bytes([1, 0, first, last, 0]) + content

    start = scan(0, 0, bytes(-(-n_blocks // 8)))
    return b"\xff\xd8" + tables + frame + codes + start + scan(1, 63, runs) * n_scans + b"\xff\xd9"


def jpeg_of_size(width: int, height: int, mode: str = "RGB") -> bytes:
    """A small JPEG that says it is large."""
    data = bytearray(picture(64, 48, "JPEG", mode))
    at = data.find(b"\xff\xc0")
    struct.pack_into(">HH", data, at + 5, height, width)
    return bytes(data)


def _jpeg_with(between: bytes) -> bytes:
    data = picture(64, 48, "JPEG")
    return data[:2] + between + data[2:]


def _segments(n: int, code: int = 0xE5, content: bytes = b"") -> bytes:
    return (bytes([0xFF, code]) + struct.pack(">H", len(content) + 2) + content) * n


def webp(width: int, height: int, *, mode: str = "RGB", lossless: bool = True) -> bytes:
    """A WebP of one colour: a few bytes, whatever its size."""
    file = io.BytesIO()
    colour = (200, 10, 10, 90)[: len(mode)]
    image = Image.new(mode, (width, height), colour)
    image.save(file, "WEBP", lossless=lossless, method=0, quality=0)
    return file.getvalue()


def _riff(content: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(content) + 4) + b"WEBP" + content


def _canvas(width: int, height: int, flags: int = 0) -> bytes:
    sides = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    return b"VP8X" + struct.pack("<I", 10) + bytes([flags, 0, 0, 0]) + sides


def _moving(width: int, height: int, n_frames: int) -> bytes:
    """A WebP of small frames on a large canvas."""
    frame = webp(64, 64)[12:]
    place = bytes(6) + (63).to_bytes(3, "little") * 2 + bytes(4) + frame
    frames = (b"ANMF" + struct.pack("<I", len(place)) + place) * n_frames
    return _riff(_canvas(width, height, 2) + b"ANIM" + struct.pack("<I", 6) + bytes(6) + frames)


def gif(screen: tuple[int, int], frame: tuple[int, int], between: bytes = b"") -> bytes:
    """A GIF with `between` in front of its only frame."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6)
    return head + between + b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x44\x01\0;"


def bmp(width: int, height: int, bits: int = 24, packed: int = 0, content: bytes = b"") -> bytes:
    """A BMP whose header need not be true."""
    size = 54 + len(content)
    head = b"BM" + struct.pack("<IHHI", size, 0, 0, 54 + (1024 if bits == 8 else 0))
    return (
        head
        + struct.pack(
            "<IiiHHIIiiII", 40, width, height, 1, bits, packed, len(content), 0, 0, 256, 0
        )
        + content
    )


def no_pictures() -> Iterator[tuple[str, Maker]]:
    """What is sent in place of a picture."""
    texts = {
        "an empty file": b"",
        "one byte": b"\x89",
        "text": b"hello world\n" * 99,
        "HTML": b"<html><script>alert(1)</script></html>",
        "SVG with a script": b'<svg onload="alert(1)"><script>alert(1)</script></svg>',
        "SVG with an entity": b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        "PDF": b"%PDF-1.7\n",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%true) (w) file\n",
        "PSD": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 64, 64, 8, 3) + bytes(12_288),
        "PPM": b"P6 64 64 255\n" + bytes(12_288),
        "PPM of 10 gigapixels": b"P6 99999 99999 255\n",
        "FITS": b"SIMPLE  =                    T".ljust(2880),
        "HEIC": b"\0\0\0\x18ftypheic" + bytes(200),
        "a pickle": b"cos\nsystem\n(S'true'\ntR.",
        "an array of objects": b"\x93NUMPY\1\0"
        + struct.pack("<H", 118)
        + b"{'descr': '|O'}".ljust(118),
        "a program": b"\x7fELF" + bytes(4096),
    }
    yield from ((name, partial(bytes, content)) for name, content in texts.items())
    yield "random bytes", partial(random_bytes, 5_000_000)
    yield "gzip of 256 MB of zeros", partial(zeros, 2**28, 31)
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"):
        for share in (0.02, 0.5, 0.98):
            yield f"{kind} cut at {share:.0%}", partial(_cut, kind, share)
        yield f"{kind} with bytes changed", partial(_changed, kind)


def _cut(kind: str, share: float) -> bytes:
    data = picture(256, 256, kind)
    return data[: max(1, int(share * len(data)))]


def _changed(kind: str) -> bytes:
    data = bytearray(picture(256, 256, kind))
    for at in np.random.default_rng(1).integers(8, len(data), 60):
        data[at] ^= 0xFF
    return bytes(data)


def pngs() -> Iterator[tuple[str, Maker]]:
    """PNGs: sizes, chunks, texts, profiles, notes."""
    for width, height in ((100_000, 100_000), (2**31 - 1, 2**31 - 1), (0, 100), (2**31, 4)):
        yield f"PNG of {width} x {height}", partial(png, width, height, pixels=zeros(1000))
    for width, height in ((4, 6_000_000), (6_000_000, 4), (1, 24_000_000), (24_000, 1_000)):
        yield f"PNG of {width} x {height}, 1 bit", partial(png, width, height, bits=1, colour=0)
    for bits, colour in ((8, 2), (8, 6), (16, 2), (16, 6), (8, 0)):
        about = f"PNG of 64 MP, type {colour} of {bits} bits"
        yield about, partial(png, 8000, 8000, bits=bits, colour=colour)
    for bits in (8, 16):
        for kind, head in ((b"zTXt", b"k\0\0"), (b"iTXt", b"k\0\1\0\0\0"), (b"iCCP", b"p\0\0")):
            about = f"PNG of {bits} bits, {kind.decode()} of 1 GB"
            yield about, partial(_png_with_text, bits, kind, head)
    for n, kind in (
        (50_000, b"tEXt"),
        (500_000, b"abCd"),
        (4_000_000, b"abCd"),
        (300_000, b"IDAT"),
    ):
        yield f"PNG of {n:,} {kind.decode()} chunks", partial(_png_of_chunks, n, kind)
    for tags, size in ((65_535, 2**20), (2_000, 10 * 2**20)):
        for pointer in (0, 0x8769, 0x8825):
            about = f"PNG with {tags:,} notes on {size >> 20} MB, behind {pointer:#x}"
            yield about, partial(_png_with_notes, tags, size, pointer)
    for bits in (8, 16):
        yield f"PNG of {bits} bits with 1 GB too much", partial(_png_too_long, bits)
    head = chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    yield "PNG of 2^31 frames", partial(png, before=head)
    ihdr = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 16, 6, 0, 0, 0))
    yield "PNG of two sizes", partial(png, bits=16, colour=6, before=ihdr)
    yield "PNG without its palette", partial(png, colour=3)
    yield "PNG with a gamma of 0", partial(png, bits=16, before=chunk(b"gAMA", bytes(4)))


def _png_with_text(bits: int, kind: bytes, head: bytes) -> bytes:
    return png(bits=bits, before=chunk(kind, head + zeros(2**30)))


def _png_of_chunks(n: int, kind: bytes) -> bytes:
    return png(before=chunk(kind, b"k\0v" if kind == b"tEXt" else b"") * n)


def _png_with_notes(n_tags: int, n_bytes: int, pointer: int) -> bytes:
    return png(before=chunk(b"eXIf", notes_on_one_stretch(n_tags, n_bytes, pointer)))


def _png_too_long(bits: int) -> bytes:
    return png(bits=bits, pixels=zeros(2**30))


def jpegs() -> Iterator[tuple[str, Maker]]:
    """JPEGs: sizes, scans, segments, bytes between them, profiles."""
    for width, height in ((65_500, 65_500), (6_000, 4_000), (8_000, 8_000), (64, 0), (65_500, 4)):
        for mode in ("RGB", "L", "CMYK"):
            yield (
                f"JPEG that says {width} x {height}, {mode}",
                partial(jpeg_of_size, width, height, mode),
            )
    for side, n in ((64, 50_000), (4_900, 20_000), (8_000, 20_000), (8_000, 99), (8_000, 500)):
        yield f"JPEG of {n:,} scans at {side} px", partial(jpeg_of_scans, side, side, n)
    for n, code in ((10_000_000, 0xE5), (900, 0xFE), (3_000, 0xE2)):
        content = bytes(65_000) if n < 10_000 else b""
        yield f"JPEG of {n:,} segments {code:#x}", partial(_jpeg_of_segments, n, code, content)
    for what, byte in (("zeros", b"\0"), ("fill bytes", b"\xff")):
        yield f"JPEG with 40 MB of {what}", partial(_jpeg_with_bytes, byte)
    for n_tags, size in ((1, 4_000), (2**32 - 1, 4_000)):
        yield f"JPEG of inks, profile of {n_tags:,} tags", partial(_jpeg_of_inks, n_tags, size)
    yield "JPEG of 255 profile parts", partial(_jpeg_of_profile_parts)


def _jpeg_of_segments(n: int, code: int, content: bytes) -> bytes:
    return _jpeg_with(_segments(n, code, content))


def _jpeg_with_bytes(byte: bytes) -> bytes:
    return _jpeg_with(b"\xff\xfe\0\2" + byte * 40_000_000)


def _jpeg_of_inks(n_tags: int, size: int) -> bytes:
    head = struct.pack(">I", size) + b"lcms" + struct.pack(">I", 0x02100000) + b"prtrCMYKLab "
    head += bytes(12) + b"acsp" + bytes(24) + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    profile = (head + bytes(48) + struct.pack(">I", n_tags)).ljust(size, b"\xff")
    file = io.BytesIO()
    Image.new("CMYK", (64, 64)).save(file, "JPEG", icc_profile=profile)
    return file.getvalue()


def _jpeg_of_profile_parts() -> bytes:
    parts = (b"ICC_PROFILE\0" + bytes([i, 255]) + random_bytes(65_000, i) for i in range(1, 256))
    return _jpeg_with(b"".join(_segments(1, 0xE2, part) for part in parts))


def others() -> Iterator[tuple[str, Maker]]:
    """GIF, WebP and BMP."""
    for screen, frame in (
        ((65_535, 65_535), (8, 8)),
        ((8, 8), (65_535, 65_535)),
        ((6_000, 4_000), (8, 8)),
        ((8_000, 8_000), (8_000, 8_000)),
    ):
        yield f"GIF of {screen}, frame {frame}", partial(gif, screen, frame)
    small = (64, 64)
    for what, block, n in (
        ("empty extensions", b"!\xfe\0", 10_000_000),
        ("bytes that mean nothing", b"\1", 20_000_000),
        ("comments", b"!\xfe\xff" + b"a" * 255 + b"\0", 200_000),
    ):
        yield f"GIF of {n:,} {what}", partial(_gif_of_blocks, small, block, n)
    for mode in ("RGB", "RGBA"):
        for lossless in (True, False):
            about = f"WebP of 64 MP, {mode}, {'lossless' if lossless else 'lossy'}"
            yield about, partial(webp, 8_000, 8_000, mode=mode, lossless=lossless)
    yield "WebP of 268 MP", partial(webp, 16_383, 16_383)
    for side, n in ((8_000, 1), (16_383, 3), (64, 50_000)):
        yield f"WebP of {n:,} frames on {side} px", partial(_moving, side, side, n)
    yield "WebP of 5,000,000 chunks", _webp_of_chunks
    yield "WebP with notes on one stretch", _webp_with_notes
    for width, height in ((2**31 - 1, 2**31 - 1), (-(2**31), -(2**31)), (8_000, 8_000)):
        yield f"BMP of {width} x {height}", partial(bmp, width, height)
    storm = bytes(1024) + b"\0\0" * 4_000_000
    yield "BMP of 4,000,000 line ends", partial(bmp, 6_000, 4_000, 8, 1, storm)
    leaps = bytes(1024) + b"\0\2\xff\xff" * 100_000
    yield "BMP of leaps", partial(bmp, 6_000, 4_000, 8, 1, leaps)


def _gif_of_blocks(screen: tuple[int, int], block: bytes, n: int) -> bytes:
    return gif(screen, screen, block * n)


def _webp_of_chunks() -> bytes:
    return _riff(_canvas(64, 64) + webp(64, 64)[12:] + b"JUNK\0\0\0\0" * 5_000_000)


def _webp_with_notes() -> bytes:
    notes = notes_on_one_stretch(65_535, 2**20)
    block = b"EXIF" + struct.pack("<I", len(notes)) + notes + b"\0" * (len(notes) % 2)
    return _riff(_canvas(64, 64, 8) + webp(64, 64)[12:] + block)
