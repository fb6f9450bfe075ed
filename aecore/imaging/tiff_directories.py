"""Directories of a TIFF, or of a block of EXIF, entry by entry as bytes: read, mended and written.

Text in them is in whatever alphabet a camera or a person chose; as bytes it stays what it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

EXIF, GPS, INTEROP, SUB = 0x8769, 0x8825, 0xA005, 330
ORIENTATION, EXIF_WIDTH, EXIF_HEIGHT = 0x0112, 0xA002, 0xA003
STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MAX_ENTRIES = 4_000
_MAX_CHAIN_ENTRIES = 1_000_000
_SUBFILE = 254
_MAX_WRITTEN_BYTES = 64 * 2**20
_N_NUMBERS = 4_096
_SHORT, _LONG = 3, 4
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SIZES |= dict.fromkeys((16, 17, 18), 8)
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
_NUMBERS |= {16: "Q", 17: "q", 18: "Q"}


@dataclass(frozen=True)
class Entry:
    """One entry: its type as TIFF numbers it, how many values, their bytes, and where they lie."""

    kind: int
    count: int
    content: bytes | memoryview
    at: int = 0


@dataclass(frozen=True)
class Directory:
    """A directory.

    Parameters
    ----------
    order
        "<" or ">": the order of bytes in each number.
    next_at
        Where the next one of the chain begins; 0: there is none.
    next_field_at
        Where that number itself lies.
    at
        Where this one begins.
    """

    order: str
    entries: Mapping[int, Entry] = field(default_factory=dict)
    next_at: int = 0
    next_field_at: int = 0
    at: int = 0

    def numbers(self, tag: int) -> tuple[float, ...]:
        """First values of an entry, a ratio as a quotient; empty where it is missing or text."""
        entry = self.entries.get(tag)
        if entry is None:
            return ()
        n = min(entry.count, _N_NUMBERS)
        if entry.kind in (5, 10):
            code = "I" if entry.kind == 5 else "i"
            both = struct.unpack_from(f"{self.order}{2 * n}{code}", entry.content)
            return tuple(a / b if b else 0.0 for a, b in zip(both[::2], both[1::2], strict=True))
        if entry.kind not in _NUMBERS:
            return ()
        return struct.unpack_from(f"{self.order}{n}{_NUMBERS[entry.kind]}", entry.content)

    def number(self, tag: int, otherwise: int = 0) -> int:
        """First value of an entry as a whole number."""
        found = self.numbers(tag)
        return int(found[0]) if found else otherwise


def first_at(data: bytes) -> int:
    """Where the first directory begins; 0 where there is none."""
    order, is_big = _layout(data)
    try:
        return int(
            struct.unpack_from(order + ("Q" if is_big else "I"), data, 8 if is_big else 4)[0]
        )
    except struct.error:
        return 0


def directory_at(data: bytes, at: int) -> Directory | None:
    """The directory that begins somewhere in a file; None where there is no whole one.

    Entries whose bytes are not in the file, or of no known type, are left out.
    """
    order, is_big = _layout(data)
    n_code, offset_code, entry_bytes = ("Q", "Q", 20) if is_big else ("H", "I", 12)
    try:
        (n_entries,) = struct.unpack_from(order + n_code, data, at)
        start = at + struct.calcsize(n_code)
        end = start + n_entries * entry_bytes
        if n_entries > MAX_ENTRIES or end > len(data):
            return None
        found: dict[int, Entry] = {}
        view = memoryview(data)  # of which slices cost nothing
        for place in range(start, end, entry_bytes):
            tag, kind, count = struct.unpack_from(order + "HH" + offset_code, data, place)
            value_at = place + 4 + struct.calcsize(offset_code)
            n_bytes = _SIZES.get(kind, 0) * count
            if n_bytes > struct.calcsize(offset_code):
                (value_at,) = struct.unpack_from(order + offset_code, data, value_at)
            if n_bytes and value_at + n_bytes <= len(data):
                content = view[value_at : value_at + n_bytes]
                found.setdefault(tag, Entry(kind, count, content, value_at))
        following = 0
        if end + struct.calcsize(offset_code) <= len(data):
            (following,) = struct.unpack_from(order + offset_code, data, end)
    except (struct.error, OverflowError):
        return None
    return Directory(order, found, int(following), end, at)


def first_directory(data: bytes) -> Directory | None:
    """The first directory of a file."""
    return directory_at(data, first_at(data)) if data[:4] in STARTS else None


def page_numbers(data: bytes, n_max: int) -> list[tuple[int, Directory]]:
    """Pictures of the chain with their number in it, at most so many: no thumbnails, no masks.

    Where there are only such, the first of them.
    """
    found: list[tuple[int, Directory]] = []
    first: Directory | None = None
    n_entries = 0
    at = first_at(data)
    known: set[int] = set()
    while at and at not in known and len(found) < n_max and n_entries < _MAX_CHAIN_ENTRIES:
        page = directory_at(data, at)
        if page is None:
            break
        first = first or page
        if not page.number(_SUBFILE) & 0b101:
            found.append((len(known), page))
        known.add(at)
        n_entries += len(page.entries)
        at = page.next_at
    return found or ([(0, first)] if first else [])


def subdirectories(data: bytes, parent: Directory) -> list[Directory]:
    """What the entry of directories within a directory (SubIFDs) points to, at most 32 of them."""
    places = [int(at) for at in parent.numbers(SUB)[:32]]
    return [found for at in places if (found := directory_at(data, at)) is not None]


# EXIF ------------------------------------------------------------------------------------


def exif_of_tiff(data: bytes, tags: Iterable[int]) -> bytes:
    """The camera's notes in a TIFF, with these tags of its first directory, as a block of EXIF."""
    page = first_directory(data)
    if page is None:
        return b""
    entries = {tag: page.entries[tag] for tag in tags if tag in page.entries}
    inner: dict[int, Directory] = {}
    for tag in (EXIF, GPS):
        found = directory_at(data, page.number(tag)) if page.number(tag) else None
        if found is not None and found.entries:
            inner[tag] = found
    return block(page.order, entries, inner) if entries or inner else b""


def block(order: str, entries: Mapping[int, Entry], inner: Mapping[int, Directory]) -> bytes:
    """A classic TIFF block: a directory, and the directories within it."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    placed = {tag: Entry(_LONG, 1, bytes(4)) for tag in inner}
    main, places = _written(order, {**entries, **placed}, 8)
    out = bytearray(start + struct.pack(order + "I", 8) + main)
    for tag, directory in inner.items():
        out += b"\0" * (len(out) % 2)
        struct.pack_into(order + "I", out, places[tag], len(out))
        out += written_directory(order, directory.entries, len(out))
    return bytes(out)


def written_directory(order: str, entries: Mapping[int, Entry], at: int) -> bytes:
    """A directory as bytes that will lie at a place of a classic TIFF, without what points on."""
    kept = {tag: entry for tag, entry in entries.items() if tag != INTEROP}
    return _written(order, kept, at)[0]


def _written(order: str, entries: Mapping[int, Entry], at: int) -> tuple[bytes, dict[int, int]]:
    """A directory that will lie at a place, and where each entry's value field lies."""
    kept: dict[int, Entry] = {}
    n_left = _MAX_WRITTEN_BYTES
    for tag, entry in sorted(entries.items()):
        n_left -= len(entry.content)
        if entry.kind <= 13 and n_left >= 0:  # the others are BigTIFF's alone
            kept[tag] = entry
    head = struct.pack(order + "H", len(kept))
    behind = b""
    fields: dict[int, int] = {}
    behind_at = at + 2 + 12 * len(kept) + 4
    for tag, entry in kept.items():
        head += struct.pack(order + "HHI", tag, entry.kind, entry.count)
        fields[tag] = at + len(head)
        if len(entry.content) <= 4:
            head += bytes(entry.content).ljust(4, b"\0")
            continue
        behind += b"\0" * ((behind_at + len(behind)) % 2)
        head += struct.pack(order + "I", behind_at + len(behind))
        behind += entry.content
    return head + struct.pack(order + "I", 0) + behind, fields


def upright_exif(exif: bytes, width: int, height: int) -> bytes:
    """A block of EXIF that says "upright" and names this size; all else stays byte for byte.

    The small picture that cameras put behind it shows the photograph as it was: it goes.
    """
    body = bytearray(exif.removeprefix(b"Exif\0\0"))
    main = first_directory(bytes(body))
    if main is None:
        return b""
    inner = directory_at(bytes(body), main.number(EXIF)) if main.number(EXIF) else None
    _set(body, main, ORIENTATION, 1)
    for tag, side in ((256, width), (257, height)):
        _set(body, main, tag, side)
    if inner is not None:
        _set(body, inner, EXIF_WIDTH, width)
        _set(body, inner, EXIF_HEIGHT, height)
    small = directory_at(bytes(body), main.next_at) if main.next_at else None
    if main.next_at and len(body) >= main.next_field_at + 4:
        struct.pack_into(main.order + "I", body, main.next_field_at, 0)
        if small is not None:
            at, size = small.number(513), small.number(514)
            if 8 <= at < at + size <= len(body):
                body[at : at + size] = bytes(size)
                if at + size == len(body):
                    del body[at:]
    return bytes(body)


def _set(body: bytearray, directory: Directory, tag: int, value: int) -> None:
    """Write a number over the one that is there, where it has room for it."""
    entry = directory.entries.get(tag)
    if entry is None or entry.count != 1 or entry.kind not in (_SHORT, _LONG):
        return
    if entry.kind == _SHORT and value > 65_535:
        return
    code = "H" if entry.kind == _SHORT else "I"
    struct.pack_into(directory.order + code, body, entry.at, value)


def _layout(data: bytes) -> tuple[str, bool]:
    order = "<" if data[:2] == b"II" else ">"
    return order, data[2:4] in (b"+\0", b"\0+")
