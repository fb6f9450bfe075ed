"""Own pictures as they arrive: kept under generated names, with a manifest of the given ones."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from aecore.data.archives import (
    NESTED,
    ArchiveLimits,
    Budget,
    Candidate,
    LastRead,
    clean_parts,
    is_clutter,
    open_archive,
)
from aecore.data.pictures import TRAINING
from aecore.errors import (
    ArchiveError,
    ArtifactMissingError,
    DataError,
    PictureError,
    TooFewSamplesError,
)
from aecore.store import Artifact, Store

MAX_UPLOAD_BYTES = 512 * 2**20
"""Of all files of an upload together, as they are sent."""
MAX_FILES = 200_000
_ID = re.compile(r"[0-9a-f]{32}\Z")
_CHUNK = 2**20


def receive(
    store: Store,
    files: Iterable[tuple[str, bytes | BinaryIO]],
    *,
    max_bytes: int = MAX_UPLOAD_BYTES,
) -> str:
    """Keep files that were sent; returns the random id of the upload.

    The given names stand in the manifest and are never used as paths.

    Parameters
    ----------
    files
        Name and content, or a stream of it, of each picture or zip.

    Raises
    ------
    TooFewSamplesError
        If there is no file.
    DataError
        If they are too many or too large together; nothing is kept then.
    StoreFullError
        If the disk is full; nothing is kept then.
    """
    upload, folder = store.new_upload()
    kept: list[dict[str, str]] = []
    n_bytes = 0
    try:
        for name, content in files:
            if len(kept) >= MAX_FILES:
                raise DataError(
                    f"More than {MAX_FILES:,} files at once.", "Bring fewer, or several zips."
                )
            stream = io.BytesIO(content) if isinstance(content, bytes) else content
            file = f"{len(kept):06d}"
            with Artifact(folder).writing(file) as path, path.open("wb") as copy:
                while chunk := stream.read(_CHUNK):
                    n_bytes += len(chunk)
                    if n_bytes > max_bytes:
                        raise DataError(
                            f"The files have more than {max_bytes / 2**20:.3g} MB together.",
                            "Make the pictures smaller, or use a folder on the command line.",
                        )
                    copy.write(chunk)
            kept.append({"name": name, "file": file})
        if not kept:
            raise TooFewSamplesError("No file was brought.", "Choose pictures, or a zip of them.")
        Artifact(folder).write_json("manifest.json", {"files": kept})
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload


def link_folder(store: Store, folder: Path) -> str:
    """Point to a folder of pictures on this machine instead of copying it.

    For the command line alone: whoever may call this may read the folder.

    Raises
    ------
    DataError
        If there is no such folder.
    """
    folder = folder.expanduser().resolve()
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder.", "Name a folder that holds pictures.")
    upload, kept = store.new_upload()
    Artifact(kept).write_json("manifest.json", {"folder": str(folder)})
    return upload


@contextmanager
def upload_files(
    store: Store, upload: str, limits: ArchiveLimits | None = None
) -> Iterator[list[Candidate]]:
    """All files of an upload that may be pictures, those in its zips among them, by name.

    They can be read while the context is open; of the zips, one is open at a time.

    Raises
    ------
    DataError
        For an id that is none, or was never given.
    ArchiveError
        Where a zip holds more than `limits` allow, or the only file is a zip that is damaged.
    """
    manifest = _manifest(store, upload)
    zips = _Zips(limits or ArchiveLimits())
    if "folder" in manifest:
        found = _in_folder(Path(manifest["folder"]))
    else:
        alone = len(manifest["files"]) == 1
        found = [
            candidate
            for entry in manifest["files"]
            for candidate in zips.within(
                entry["name"], store.uploads / upload / entry["file"], alone
            )
        ]
    with closing(zips.last):
        yield sorted(found, key=lambda candidate: candidate.name)


def _manifest(store: Store, upload: str) -> dict[str, Any]:
    if not isinstance(upload, str) or not _ID.match(upload):
        raise DataError(
            f"{str(upload)[:60]!r} is no id of an upload.", "Copy the whole link, or upload again."
        )
    try:
        found: dict[str, Any] = Artifact(store.uploads / upload).read_json("manifest.json")
    except ArtifactMissingError as problem:
        raise DataError(
            "These pictures are not kept here.",
            "They may be on another server, or were removed to make room: upload them again.",
        ) from problem
    return found


class _Zips:
    """Looks into the zips of one upload, under one budget."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self.limits = limits
        self.budget = Budget(limits.n_total_bytes)
        self.last = LastRead()

    def within(self, name: str, path: Path, alone: bool) -> list[Candidate]:
        """What one uploaded file holds: itself, or a zip's members."""
        parts = clean_parts(name) or ("unnamed",)
        if is_clutter(parts):
            return []
        if not _is_zip(parts[-1], path):
            return [Candidate("/".join(parts), parts[:-1], _file_reader(path, parts[-1]))]
        try:
            found = open_archive(path, self.limits, self.budget, self.last)
        except ArchiveError as problem:
            if alone:
                raise
            return [Candidate("/".join(parts), parts[:-1], partial(_refuse, problem))]
        if alone:
            return found
        stem = parts[-1].rsplit(".", 1)[0]  # of several zips, each is a folder
        return [
            Candidate(f"{stem}/{inner.name}", (stem, *inner.folders), inner.read) for inner in found
        ]


def _in_folder(folder: Path) -> list[Candidate]:
    found: list[Candidate] = []
    try:
        for path in folder.rglob("*"):
            parts = path.relative_to(folder).parts
            if is_clutter(parts) or not path.is_file():
                continue
            if len(found) >= MAX_FILES:
                raise DataError(
                    f"The folder holds more than {MAX_FILES:,} files.", "Bring a part of it."
                )
            words = clean_parts("/".join(parts)) or ("unnamed",)
            found.append(Candidate("/".join(words), words[:-1], _file_reader(path, parts[-1])))
    except OSError as problem:
        raise DataError(
            f"The folder {folder} cannot be read: {problem.strerror}.", "Check its permissions."
        ) from problem
    return found


def _is_zip(name: str, path: Path) -> bool:
    """By content or by name, so that a damaged zip is told as one."""
    with path.open("rb") as file:
        start = file.read(4)
    return start in (b"PK\x03\x04", b"PK\x05\x06") or name.lower().endswith(".zip")


def _file_reader(path: Path, name: str) -> Callable[[], bytes]:
    def read() -> bytes:
        if name.lower().endswith(NESTED):
            raise PictureError("This is an archive that is not opened here.", "Bring it as a zip.")
        try:
            with path.open("rb") as file:
                return file.read(TRAINING.n_bytes + 1)
        except OSError as problem:
            raise PictureError(
                f"The file cannot be read: {problem.strerror}.", "Check its permissions."
            ) from problem

    return read


def _refuse(problem: ArchiveError) -> bytes:
    raise PictureError(problem.message, problem.hint) from problem
