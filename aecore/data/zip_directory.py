"""What a zip says it holds, and the content of one member: each under a bound, nothing trusted.

Python's `zipfile` unpacks more than it is asked for where a member is not deflated, makes an
object of each member before they can be counted, and refuses the whole zip for one odd name.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from aecore.data.zip_names import decoded

STORED, DEFLATED = 0, 8
_CHUNK = 2**20
_PACKED_CHUNK = 2**16
_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_IS_UTF8, _ENCRYPTED = 0x800, 0x1 | 0x40
_IN_ZIP64 = 0xFFFFFFFF
_UNICODE_PATH = 0x7075


class DamagedZipError(Exception):
    """The file is no whole zip, or the member not what its directory says."""


class TooManyMembersError(Exception):
    """The directory lists more than is allowed."""


class OverlappingMembersError(Exception):
    """Several members are made of the same bytes."""


class Member(NamedTuple):
    """A file in a zip, as the directory tells of it.

    Parameters
    ----------
    name
        As it was given: never a path to be used.
    method
        How it is packed: `STORED`, `DEFLATED` or another number.
    n_packed, n_bytes
        Bytes in the zip, and unpacked.
    offset
        Where it begins in the file.
    n_in_file
        Bytes that it takes there at least, with its own head and name.
    """

    name: str
    is_encrypted: bool
    method: int
    checksum: int
    n_packed: int
    n_bytes: int
    offset: int
    n_in_file: int


def members_of(file: BinaryIO, *, n_members: int, n_directory_bytes: int) -> list[Member]:
    """All members of a zip, in the directory's order.

    Parameters
    ----------
    n_members, n_directory_bytes
        So many members, and a directory of so many bytes, are allowed.

    Raises
    ------
    DamagedZipError, TooManyMembersError, OverlappingMembersError
    """
    end, size, offset = _end_of(file)
    start = end - size
    if start < 0:
        raise DamagedZipError
    if size > n_directory_bytes:
        raise TooManyMembersError
    file.seek(start)
    directory = file.read(size)
    entries: list[int] = []
    at = 0
    while at + _ENTRY.size <= len(directory):
        if len(entries) >= n_members:
            raise TooManyMembersError
        entries.append(at)
        at += _ENTRY.size + sum(struct.unpack_from("<3H", directory, at + 28))
    if at != len(directory):
        raise DamagedZipError
    before = start - offset  # what something put before the zip shifts it by
    said = [_member(directory, at, before) for at in entries]
    unsaid = iter(decoded([name for name, is_utf8, _ in said if not is_utf8]))
    found = [
        member._replace(name=(_utf8(name) if is_utf8 else next(unsaid)).partition("\0")[0])
        for name, is_utf8, member in said
    ]
    _check_apart(found, start)
    return found


def read_member(file: BinaryIO, member: Member) -> Iterator[bytes]:
    """The content of a member that is stored or deflated, a megabyte at most at a time.

    Raises
    ------
    DamagedZipError
    """
    file.seek(member.offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != b"PK\3\4":
        raise DamagedZipError
    n_name, n_extra = _LOCAL.unpack(head)[-2:]
    file.seek(n_name + n_extra, io.SEEK_CUR)
    checksum = n_bytes = 0
    pieces = _pieces(file, member.n_packed)
    for chunk in pieces if member.method == STORED else _inflated(pieces):
        checksum = zlib.crc32(chunk, checksum)
        n_bytes += len(chunk)
        yield chunk
    if checksum != member.checksum or n_bytes != member.n_bytes:
        raise DamagedZipError


def _pieces(file: BinaryIO, n_left: int) -> Iterator[bytes]:
    while n_left:
        piece = file.read(min(_PACKED_CHUNK, n_left))
        if not piece:
            raise DamagedZipError
        n_left -= len(piece)
        yield piece


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in pieces:
            rest = piece
            while rest and not unpacking.eof:
                if chunk := unpacking.decompress(rest, _CHUNK):
                    yield chunk
                rest = unpacking.unconsumed_tail
        while chunk := unpacking.decompress(b"", _CHUNK):
            yield chunk
    except zlib.error as problem:
        raise DamagedZipError from problem


def _utf8(name: bytes) -> str:
    """A name in the code it claims, or the zip's old one where it is not in that."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")


def _member(directory: bytes, at: int, before: int) -> tuple[bytes, bool, Member]:
    """The name as bytes, whether it is in UTF-8, and the member without it."""
    entry = _ENTRY.unpack_from(directory, at)
    if entry[0] != b"PK\1\2":
        raise DamagedZipError
    flags, method = entry[3], entry[4]
    checksum, n_packed, n_bytes, n_name, n_extra = entry[7:12]
    name = directory[at + _ENTRY.size : at + _ENTRY.size + n_name]
    extra_at = at + _ENTRY.size + n_name
    extra = directory[extra_at : extra_at + n_extra]
    n_bytes, n_packed, offset = _in_full(extra, (n_bytes, n_packed, entry[16]))
    by_field = None if flags & _IS_UTF8 else _unicode_name(name, extra)
    member = Member(
        "",
        bool(flags & _ENCRYPTED),
        method,
        checksum,
        n_packed,
        n_bytes,
        offset + before,
        _LOCAL.size + n_name + n_packed,
    )
    return by_field or name, bool(flags & _IS_UTF8) or by_field is not None, member


def _unicode_name(name: bytes, extra: bytes) -> bytes | None:
    """The name in UTF-8 that a field beside it gives, where it was made for this very name."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        content = extra[at + 4 : at + 4 + size]
        if kind == _UNICODE_PATH and len(content) > 5:
            (checksum,) = struct.unpack_from("<L", content, 1)
            return content[5:] if checksum == zlib.crc32(name) else None
        at += 4 + size
    return None


def _in_full(extra: bytes, values: tuple[int, int, int]) -> tuple[int, int, int]:
    """Numbers that have no room in the entry stand in its zip64 field, in this order."""
    found = list(values)
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            number_at = at + 4
            for i, value in enumerate(values):
                if value == _IN_ZIP64 and number_at + 8 <= min(len(extra), at + 4 + size):
                    (found[i],) = struct.unpack_from("<Q", extra, number_at)
                    number_at += 8
            break
        at += 4 + size
    return found[0], found[1], found[2]


def _check_apart(members: list[Member], end: int) -> None:
    """Each member has bytes of its own, before the directory."""
    for member in sorted(members, key=lambda member: member.offset, reverse=True):
        if member.offset < 0:
            raise DamagedZipError
        if member.offset + member.n_in_file > end:
            raise OverlappingMembersError
        end = member.offset


def _end_of(file: BinaryIO) -> tuple[int, int, int]:
    """Where the directory ends, how many bytes it has, and where it says that it begins."""
    n_bytes = file.seek(0, io.SEEK_END)
    tail_at = max(0, n_bytes - (1 << 16) - _END.size)
    file.seek(tail_at)
    tail = file.read()
    at = len(tail) - _END.size
    if not (at >= 0 and tail[at : at + 4] == b"PK\5\6" and tail[-2:] == b"\0\0"):
        at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise DamagedZipError
    end = tail_at + at
    _, _, _, _, _, size, offset, _ = _END.unpack_from(tail, at)
    locator_at = end - _END64_LOCATOR.size
    if locator_at >= _END64.size:
        file.seek(locator_at - _END64.size)
        end64 = file.read(_END64.size + _END64_LOCATOR.size)
        if end64[_END64.size :][:4] == b"PK\6\7" and end64[:4] == b"PK\6\6":
            size, offset = _END64.unpack_from(end64)[8:10]
            return locator_at - _END64.size, size, offset
    return end, size, offset
