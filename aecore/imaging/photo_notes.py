"""What travels with a photograph beside its pixels, found in the bytes of its file and kept so.

Nothing here is decoded to text: a name in any alphabet, in whatever code a program chose, comes
out as it came in.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from aecore.imaging import tiff_directories
from aecore.imaging.tiff_directories import EXIF, GPS, INTEROP, ORIENTATION, SUB, first_directory
from aecore.sentence import Sentence

EXIF_START = b"Exif\0\0"
XMP_START = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_MORE = b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP_START = b"Photoshop 3.0\0"
PNG_XMP = b"XML:com.adobe.xmp\0\0\0\0\0"
_TURNED = re.compile(rb"""(tiff:Orientation(?:\s*=\s*["']|>))[2-8]""")
_TURN_IN_XMP = re.compile(rb"""tiff:Orientation(?:\s*=\s*["']|>)([1-8])""")
_MAX_NOTES = 10_000
_MAX_XMP_BYTES = 16 * 2**20

XMP_TAG, IPTC_TAG, PHOTOSHOP_TAG, ICC_TAG = 700, 33723, 34377, 34675
TEXT_TAGS = frozenset((270, 271, 272, 305, 306, 315, 33432))
"""Of a TIFF: what it shows, with what, when and by whom."""
_OF_PLACE = (33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113)
_KEPT_TAGS = (269, 285, 316, IPTC_TAG, PHOTOSHOP_TAG, *range(40091, 40096), *_OF_PLACE)
"""Of a TIFF: titles, IPTC, Photoshop's, Windows' words, and where on Earth it lies (GeoTIFF)."""
_KEPT_ELSEWHERE = (XMP_TAG, ICC_TAG, EXIF, GPS, INTEROP)
_LAYOUT_TAGS = frozenset(
    (
        *(*range(254, 267), 273, 274, *range(277, 285), *range(288, 294), 296, 297, 301),
        *(*range(317, 328), SUB, *range(332, 348), *range(512, 533), 32995, 32996, 32997),
        *(50838, 50839, *_KEPT_ELSEWHERE),
    )
)
"""Of a TIFF: how its pixels lie, what is kept elsewhere, and ImageJ's list of its pages."""
_KEPT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI")
_LAYOUT_CHUNKS = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"bKGD", b"hIST")
) | {b"sBIT", b"sPLT", b"tIME", b"oFFs", b"iCCP", b"pHYs", b"eXIf", b"iDOT", b"vpAg"}
_LAYOUT_OF_WEBP = frozenset(
    (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP ")
)
_RAW_PROFILES = (b"Raw profile type exif", b"Raw profile type APP1", b"Raw profile type xmp")
_SMALL_PICTURES = (1033, 1036)  # Photoshop's numbers of its thumbnails


@dataclass(frozen=True)
class Block:
    """A piece of a file that goes into the cleaned one as it is.

    Parameters
    ----------
    name
        A JPEG's marker, a PNG's chunk or a TIFF's tag, as its number.
    kind, count
        Of a TIFF's tag: its type, and how many values.
    """

    name: int
    content: bytes
    kind: int = 0
    count: int = 0


@dataclass(frozen=True)
class Notes:
    """What was found.

    Parameters
    ----------
    exif
        A TIFF block, as it came; empty where there is none.
    xmp
        A packet; empty where there is none.
    blocks
        What else is kept, of the same kind of file.
    order
        "<" or ">": of the bytes of a TIFF's blocks.
    left_out
        Names of what cannot be kept.
    """

    exif: bytes = b""
    xmp: bytes = b""
    blocks: tuple[Block, ...] = ()
    order: str = "<"
    left_out: tuple[str, ...] = field(default=())

    @property
    def orientation(self) -> int:
        """How the picture is to be turned, 1 to 8: what EXIF says, else XMP."""
        page = first_directory(self.exif)
        if page is not None and ORIENTATION in page.entries:
            return page.number(ORIENTATION, 1)
        found = _TURN_IN_XMP.search(self.xmp)
        return int(found.group(1)) if found else 1


def notes_of(data: bytes) -> Notes:
    """What a file of a photograph carries; a damaged note costs itself."""
    if data.startswith(b"\xff\xd8"):
        return _of_jpeg(data)
    if data.startswith(b"\x89PNG"):
        return _of_png(data)
    if data.startswith(b"RIFF"):
        return _of_webp(data)
    if data[:4] in tiff_directories.STARTS:
        return _of_tiff(data)
    return Notes()


def upright_xmp(xmp: bytes) -> bytes:
    """A packet that says "upright" where it said another way up."""
    return _TURNED.sub(rb"\g<1>1", xmp)


# JPEG --------------------------------------------------------------------------------------


def _of_jpeg(data: bytes) -> Notes:
    exif = xmp = b""
    blocks: list[Block] = []
    left_out: list[str] = []
    for marker, content in _segments(data):
        if marker == 0xE1 and content.startswith(EXIF_START):
            exif = exif or content[len(EXIF_START) :]
        elif marker == 0xE1 and content.startswith(XMP_START):
            xmp = xmp or content[len(XMP_START) :]
        elif marker == 0xED and content.startswith(PHOTOSHOP_START):
            kept = without_small_pictures(content[len(PHOTOSHOP_START) :])
            blocks.append(Block(marker, PHOTOSHOP_START + kept))
        elif marker == 0xFE or (marker == 0xE1 and content.startswith(_XMP_MORE)):
            blocks.append(Block(marker, content))
        elif marker == 0xEB:
            left_out.append(Sentence("content credentials (C2PA)"))
        elif marker not in (0xE0, 0xE2, 0xEE) and 0xE0 <= marker <= 0xEF:
            left_out.append(
                Sentence("a block {name} ({word})", name=f"APP{marker - 0xE0}", word=_word(content))
            )
    return Notes(exif, xmp, tuple(blocks), left_out=tuple(dict.fromkeys(left_out)))


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment before the first scan."""
    at = 2
    for _ in range(_MAX_NOTES):
        at = data.find(b"\xff", at)
        while at >= 0 and at + 1 < len(data) and data[at + 1] == 0xFF:
            at += 1
        if at < 0 or at + 4 > len(data) or data[at + 1] in (0xDA, 0xD9):
            return
        marker, (size,) = data[at + 1], struct.unpack_from(">H", data, at + 2)
        if marker >= 0xC0 and marker not in range(0xD0, 0xD9):
            yield marker, data[at + 4 : at + 2 + size]
            at += 2 + size
        else:
            at += 2


def without_small_pictures(resources: bytes) -> bytes:
    """Photoshop's list of resources without its thumbnails, which show what was before."""
    kept = bytearray()
    at = 0
    while at + 12 <= len(resources) and resources[at : at + 4] == b"8BIM":
        (number,) = struct.unpack_from(">H", resources, at + 4)
        n_name = resources[at + 6] + 1
        size_at = at + 6 + n_name + n_name % 2
        if size_at + 4 > len(resources):
            return resources
        (size,) = struct.unpack_from(">I", resources, size_at)
        end = size_at + 4 + size + size % 2
        if number not in _SMALL_PICTURES:
            kept += resources[at:end]
        at = end
    return bytes(kept) + resources[at:]


# PNG ---------------------------------------------------------------------------------------


def _of_png(data: bytes) -> Notes:
    exif = xmp = b""
    blocks: list[Block] = []
    left_out: list[str] = []
    at, n_bytes = 8, 0
    while at + 8 <= len(data) and len(blocks) < _MAX_NOTES:
        size, kind = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + size] if kind != b"IDAT" else b""
        at += size + 12
        if kind == b"IEND":
            break
        n_bytes += len(content)
        if kind == b"eXIf":
            exif = exif or content.removeprefix(EXIF_START)
        elif kind == b"iTXt" and content.startswith(PNG_XMP):
            xmp = xmp or content[len(PNG_XMP) :]
        elif kind in (b"tEXt", b"zTXt", b"iTXt") and content.startswith(_RAW_PROFILES):
            left_out.append(Sentence("notes in ImageMagick's old way (Raw profile)"))
        elif kind in _KEPT_CHUNKS or (kind == b"pHYs" and content[8:9] == b"\0"):
            blocks.append(Block(int.from_bytes(kind), content))
        elif kind not in _LAYOUT_CHUNKS:
            name = kind.decode("ascii", "replace")
            left_out.append(
                Sentence("content credentials (C2PA)")
                if name == "caBX"
                else Sentence("a block {name}", name=name)
            )
    return Notes(exif, xmp, tuple(blocks), left_out=tuple(dict.fromkeys(left_out)))


# WebP and TIFF -----------------------------------------------------------------------------


def _of_webp(data: bytes) -> Notes:
    found: dict[bytes, bytes] = {}
    left_out: list[str] = []
    at = 12
    for _ in range(_MAX_NOTES):
        if at + 8 > len(data):
            break
        kind, (size,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        if kind in (b"EXIF", b"XMP "):
            found.setdefault(kind, data[at + 8 : at + 8 + size])
        elif kind not in _LAYOUT_OF_WEBP:
            left_out.append(
                Sentence("a block {name}", name=kind.decode("ascii", "replace").strip())
            )
        at += 8 + size + size % 2
    exif = found.get(b"EXIF", b"").removeprefix(EXIF_START)
    return Notes(exif, found.get(b"XMP ", b""), left_out=tuple(dict.fromkeys(left_out)))


def _of_tiff(data: bytes) -> Notes:
    page = first_directory(data)
    if page is None:
        return Notes()
    turn = {ORIENTATION} if ORIENTATION in page.entries else set()
    exif = tiff_directories.exif_of_tiff(data, TEXT_TAGS | turn)
    blocks = []
    for tag in _KEPT_TAGS:
        entry = page.entries.get(tag)
        if entry is not None and entry.kind <= 13 and len(entry.content) <= _MAX_XMP_BYTES:
            content = bytes(entry.content)
            if tag == PHOTOSHOP_TAG:
                content = without_small_pictures(content)
            n_each = max(1, len(entry.content) // entry.count)
            blocks.append(Block(tag, content, entry.kind, len(content) // n_each))
    xmp = page.entries.get(XMP_TAG)
    known = {*_LAYOUT_TAGS, *TEXT_TAGS, *_KEPT_TAGS}
    others = sorted(tag for tag in page.entries if tag not in known)
    left_out: tuple[str, ...] = (Sentence("layers of Photoshop"),) if 37724 in others else ()
    if others := [tag for tag in others if tag != 37724]:
        left_out += (Sentence("its tags {tags}", tags=", ".join(map(str, others[:8]))),)
    packet = bytes(xmp.content) if xmp is not None and len(xmp.content) <= _MAX_XMP_BYTES else b""
    return Notes(exif, packet, tuple(blocks), page.order, left_out)


def _word(content: bytes) -> str:
    """How a block names itself."""
    start = re.match(rb"[A-Za-z0-9 ._-]{2,20}", content)
    return start.group().decode() if start else Sentence("without a name")
