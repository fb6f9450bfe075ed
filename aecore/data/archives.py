"""Zips opened without trusting them: names become labels, never paths, and sizes are counted."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aecore.data.pictures import TRAINING
from aecore.errors import ArchiveError, PictureError

NESTED = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
_MEGABYTE = 2**20


@dataclass(frozen=True)
class ArchiveLimits:
    """What one archive may hold; sizes are those of the content, unpacked."""

    n_members: int = 200_000
    n_directory_bytes: int = 64 * _MEGABYTE
    n_member_bytes: int = TRAINING.n_bytes
    n_total_bytes: int = 4096 * _MEGABYTE


@dataclass(frozen=True)
class Candidate:
    """A file that may be a picture.

    Parameters
    ----------
    name
        For a person; never a path.
    folders
        The folders it lay in, outermost first.
    read
        Gives its content, or raises PictureError with the reason it is left out.
    """

    name: str
    folders: tuple[str, ...]
    read: Callable[[], bytes]


@dataclass
class Budget:
    """How many unpacked bytes may still be read, over all archives of an upload."""

    n_left: int


def open_archive(
    file: Path | BinaryIO, limits: ArchiveLimits | None = None, budget: Budget | None = None
) -> tuple[zipfile.ZipFile, list[Candidate]]:
    """Open a zip and list what may be pictures in it; the caller closes the zip.

    Folders, what macOS and Windows add, and hidden files are passed over in silence; archives
    within are listed, and say when they are read that they are left out.

    Raises
    ------
    ArchiveError
        If it is no whole zip, or holds more than the limits allow. The number of members is
        counted in its directory before anything is made of it.
    """
    limits = limits or ArchiveLimits()
    budget = budget or Budget(limits.n_total_bytes)
    try:
        if isinstance(file, Path):
            with file.open("rb") as stream:
                _check_directory(stream, limits)
        else:
            _check_directory(file, limits)
        archive = zipfile.ZipFile(file)
    except ArchiveError:
        raise
    except Exception as problem:  # hostile content may fail in any way
        raise _damaged() from problem
    if len(archive.filelist) > limits.n_members:
        archive.close()
        raise _too_many(limits)
    found = []
    for member in archive.filelist:
        parts = clean_parts(member.filename)
        if member.is_dir() or not parts or is_clutter(parts):
            continue
        found.append(
            Candidate("/".join(parts), parts[:-1], _reader(archive, member, limits, budget))
        )
    return archive, found


def clean_parts(name: str) -> tuple[str, ...]:
    """A name from outside as words to show: no roots, no drive, no `..`, no control characters."""
    words = (
        "".join(letter for letter in word if letter.isprintable()).strip()[:200]
        for word in name.replace("\\", "/").split("/")
    )
    return tuple(word for word in words if word not in ("", ".", "..") and not _is_drive(word))


def is_clutter(parts: Sequence[str]) -> bool:
    """Whether a file is what operating systems leave behind: hidden, or about other files."""
    return any(
        part.startswith(".") or part in ("__MACOSX", "Thumbs.db", "desktop.ini") for part in parts
    )


def labels_from(folders: Sequence[tuple[str, ...]]) -> list[str | None]:
    """A label for each file: the innermost folder that is not the same for all.

    Files that lie less deep get None; where all lie in one folder, nobody gets a label.

    Examples
    --------
    >>> labels_from([("set", "cats"), ("set", "dogs")])
    ['cats', 'dogs']
    >>> labels_from([("cats", "small"), ("dogs", "small"), ("dogs", "small")])
    ['cats', 'dogs', 'dogs']
    >>> labels_from([("set",), ("set",)])
    [None, None]
    """
    deepest = max((len(parents) for parents in folders), default=0)
    for level in range(1, deepest + 1):
        labels = [parents[-level] if len(parents) >= level else None for parents in folders]
        if len(set(labels)) > 1:
            return labels
    return [None] * len(folders)


def _is_drive(word: str) -> bool:
    return len(word) == 2 and word[0].isalpha() and word[1] == ":"


def _reader(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: ArchiveLimits, budget: Budget
) -> Callable[[], bytes]:
    def read() -> bytes:
        if member.filename.lower().endswith(NESTED):
            raise PictureError("This is an archive within the archive.", "Bring it by itself.")
        if member.flag_bits & 0x1:
            raise PictureError("The file is encrypted.", "Pack it without a password.")
        content = io.BytesIO()
        try:
            with archive.open(member) as stream:
                while chunk := stream.read(_MEGABYTE):
                    content.write(chunk)
                    budget.n_left -= len(chunk)
                    if budget.n_left < 0:
                        raise ArchiveError(
                            f"The archive unpacks to more than {limits.n_total_bytes / 2**30:.3g} "
                            "GB.",
                            "Make the pictures smaller, or bring them in several sets.",
                        )
                    if content.tell() > limits.n_member_bytes:
                        raise PictureError(
                            "The file unpacks to more than "
                            f"{limits.n_member_bytes / _MEGABYTE:.3g} MB.",
                            "Make it smaller.",
                        )
        except (ArchiveError, PictureError):
            raise
        except Exception as problem:  # hostile content may fail in any way
            raise PictureError(
                "The file is damaged inside the archive.", "Pack it again."
            ) from problem
        return content.getvalue()

    return read


# The directory, before zipfile makes an object of each member ------------------------------


_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY_BYTES = 46


def _check_directory(file: BinaryIO, limits: ArchiveLimits) -> None:
    """Count the members that zipfile would list, from where it would look for them."""
    n_bytes = file.seek(0, io.SEEK_END)
    tail_at = max(0, n_bytes - (1 << 16) - _END.size)
    file.seek(tail_at)
    tail = file.read()
    at = len(tail) - _END.size
    if not (at >= 0 and tail[at : at + 4] == b"PK\5\6" and tail[-2:] == b"\0\0"):
        at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise _damaged()
    end = tail_at + at
    _, _, _, _, _, size, _, _ = _END.unpack_from(tail, at)
    locator_at = end - _END64_LOCATOR.size
    if locator_at >= _END64.size:
        file.seek(locator_at - _END64.size)
        end64 = file.read(_END64.size + _END64_LOCATOR.size)
        if end64[_END64.size :][:4] == b"PK\6\7" and end64[:4] == b"PK\6\6":
            size = _END64.unpack_from(end64)[8]
            end = locator_at - _END64.size
    if size > end:
        raise _damaged()
    if size > limits.n_directory_bytes:
        raise _too_many(limits)
    file.seek(end - size)
    directory = file.read(size)
    at = n_members = 0
    while at + _ENTRY_BYTES <= len(directory):
        n_members += 1
        if n_members > limits.n_members:
            raise _too_many(limits)
        at += _ENTRY_BYTES + sum(struct.unpack_from("<3H", directory, at + 28))
    file.seek(0)


def _damaged() -> ArchiveError:
    return ArchiveError(
        "The file is no zip that can be opened: it is damaged or cut short.", "Pack it again."
    )


def _too_many(limits: ArchiveLimits) -> ArchiveError:
    return ArchiveError(
        f"The archive holds more than {limits.n_members:,} files.",
        "Bring fewer pictures, or several archives.",
    )
