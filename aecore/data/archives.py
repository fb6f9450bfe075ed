"""Zips opened without trusting them: names become labels, never paths, and sizes are counted."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from aecore.data.zip_directory import (
    DEFLATED,
    STORED,
    Member,
    OverlappingMembersError,
    TooManyMembersError,
    members_of,
    read_member,
)
from aecore.errors import ArchiveError, PictureError
from aecore.imaging.limits import TRAINING

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


class LastRead:
    """The zip that was read last, left open for its next member; one at a time is open."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._stream: BinaryIO | None = None

    def stream(self, path: Path) -> BinaryIO:
        """The file, opened where it is another than the last."""
        if self._stream is None or path != self._path:
            self.close()
            self._path, self._stream = path, path.open("rb")
        return self._stream

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._stream = None


def open_archive(
    file: Path | BinaryIO,
    limits: ArchiveLimits | None = None,
    budget: Budget | None = None,
    last: LastRead | None = None,
) -> list[Candidate]:
    """What may be pictures in a zip.

    Parameters
    ----------
    last
        Keeps the file open between its members; None: it is opened anew to read each.

    Folders, what macOS and Windows add, and hidden files are passed over in silence; archives
    within are listed, and say when they are read that they are left out.

    Raises
    ------
    ArchiveError
        If it is no whole zip, holds more than the limits allow, or several members are made of
        the same bytes. The members are counted before anything is made of them.
    """
    limits = limits or ArchiveLimits()
    budget = budget or Budget(limits.n_total_bytes)
    try:
        with _stream(file) as stream:
            members = members_of(
                stream, n_members=limits.n_members, n_directory_bytes=limits.n_directory_bytes
            )
    except TooManyMembersError as problem:
        raise ArchiveError(
            "The archive holds more than {n_members:,} files.",
            "Import fewer pictures, or several archives.",
            n_members=limits.n_members,
        ) from problem
    except OverlappingMembersError as problem:
        raise ArchiveError(
            "Files of the archive lie on top of each other: it was not made by packing pictures.",
            "Pack the pictures again.",
        ) from problem
    except Exception as problem:  # hostile content may fail in any way
        raise ArchiveError(
            "The file is no zip that can be opened: it is damaged or cut short.", "Pack it again."
        ) from problem
    found = []
    for member in members:
        parts = clean_parts(member.name)
        given = member.name.rsplit("/", 1)[-1]  # one of macOS ends in a control character
        if member.name.endswith("/") or not parts or is_clutter((*parts, given)):
            continue
        read = partial(_read, file, member, limits, budget, last)
        found.append(Candidate("/".join(parts), parts[:-1], read))
    return found


def clean_parts(name: str) -> tuple[str, ...]:
    """A name from outside as words to show: no roots, no drive, no `..`, no control characters."""
    words = (_printable(word).strip()[:200] for word in name.replace("\\", "/").split("/"))
    return tuple(word for word in words if word not in ("", ".", "..") and not _is_drive(word))


def _printable(word: str) -> str:
    if word.isprintable():
        return word
    return "".join(letter for letter in word if letter.isprintable())


_CLUTTER = frozenset(
    (
        *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"),  # macOS, Windows
        *("$recycle.bin", "recycler", "system volume information", "found.000", "lost+found"),
        *("@eadir", "#recycle", "#snapshot", "@tmp", "@__thumb", "@recently-snapshot"),  # NAS
        *("picasa.ini", "zbthumbnail.info"),
    )
)
"""Files and folders that systems and programs leave, in small letters."""
_CLUTTER_STARTS = (".", "synofile_thumb", "synophoto_thumb", "~$", "._")


def is_clutter(parts: Sequence[str]) -> bool:
    """Whether a file is what systems leave behind: hidden, or about other files."""
    return any(
        part.lower() in _CLUTTER or part.lower().startswith(_CLUTTER_STARTS) for part in parts
    )


def _is_drive(word: str) -> bool:
    return len(word) == 2 and word[0].isalpha() and word[1] == ":"


@contextmanager
def _stream(file: Path | BinaryIO, last: LastRead | None = None) -> Iterator[BinaryIO]:
    if isinstance(file, Path) and last is not None:
        yield last.stream(file)
    elif isinstance(file, Path):
        with file.open("rb") as stream:
            yield stream
    else:
        yield file


def _read(
    file: Path | BinaryIO,
    member: Member,
    limits: ArchiveLimits,
    budget: Budget,
    last: LastRead | None,
) -> bytes:
    """The content of one member, counted while it is unpacked."""
    if member.name.lower().endswith(NESTED):
        raise PictureError("This is an archive within the archive.", "Import it by itself.")
    if member.is_encrypted:
        raise PictureError("The file is encrypted.", "Pack it without a password.")
    if member.method not in (STORED, DEFLATED):
        raise PictureError(
            "The file is packed in a way that is not opened here.", "Pack it as an ordinary zip."
        )
    content = io.BytesIO()
    try:
        with _stream(file, last) as stream:
            for chunk in read_member(stream, member):
                content.write(chunk)
                budget.n_left -= len(chunk)
                if budget.n_left < 0:
                    raise ArchiveError(
                        "The archive unpacks to more than {gigabytes:.3g} GB.",
                        "Make the pictures smaller, or import them as several sets.",
                        gigabytes=limits.n_total_bytes / 2**30,
                    )
                if content.tell() > limits.n_member_bytes:
                    raise PictureError(
                        "The file unpacks to more than {megabytes:.3g} MB.",
                        "Make it smaller.",
                        megabytes=limits.n_member_bytes / _MEGABYTE,
                    )
    except (ArchiveError, PictureError):
        raise
    except Exception as problem:  # hostile content may fail in any way
        raise PictureError("The file is damaged inside the archive.", "Pack it again.") from problem
    return content.getvalue()
