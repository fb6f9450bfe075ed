"""Own pictures as they arrive: kept under generated names, with a manifest of the given ones."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from aecore.artifact import Artifact, Progress, run_to_end
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
from aecore.data.content import Content, digest_of, reading_folder, sha256_of, upload_id
from aecore.errors import (
    ArchiveError,
    ArtifactMissingError,
    DataError,
    PictureError,
    TooFewSamplesError,
)
from aecore.imaging.limits import TRAINING
from aecore.store import Store

MAX_UPLOAD_BYTES = 512 * 2**20
"""Of all files of an upload together, as they are sent."""
MAX_FILES = 200_000
MAX_FOLDERS = 50_000
_ID = re.compile(r"[0-9a-f]{32}\Z")
_CHUNK = 2**20
_Files = list[tuple[tuple[str, ...], Path]]
"""Of each file its folders and name, and its path."""


def receive(
    store: Store,
    files: Iterable[tuple[str, bytes | BinaryIO]],
    *,
    max_bytes: int = MAX_UPLOAD_BYTES,
    of: str | None = None,
) -> str:
    """Keep files that were sent; returns the id of the upload, which nobody can guess.

    The given names stand in the manifest and are never used as paths.

    Parameters
    ----------
    files
        Name and content, or a stream of it, of each picture or zip.
    of
        Who brings them: the same files of the same person have the same id, and are kept once.
        None: a random id.

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
    contents: list[Content] = []
    n_bytes = 0
    try:
        for name, content in files:
            if len(kept) >= MAX_FILES:
                raise DataError(
                    "More than {max_files:,} files at once.",
                    "Import fewer, or several zips.",
                    max_files=MAX_FILES,
                )
            stream = io.BytesIO(content) if isinstance(content, bytes) else content
            file, digest = f"{len(kept):06d}", hashlib.sha256()
            with Artifact(folder).writing(file) as path, path.open("wb") as copy:
                while chunk := stream.read(_CHUNK):
                    n_bytes += len(chunk)
                    if n_bytes > max_bytes:
                        raise DataError(
                            "The files have more than {megabytes:.3g} MB together.",
                            "Make the pictures smaller, or use a folder on the command line.",
                            megabytes=max_bytes / 2**20,
                        )
                    copy.write(chunk)
                    digest.update(chunk)
            kept.append({"name": name, "file": file})
            contents.append(Content(name, digest.hexdigest()))
        if not kept:
            raise TooFewSamplesError("No file was given.", "Choose pictures, or a zip of them.")
        Artifact(folder).write_json("manifest.json", {"files": kept})
        if of is not None:
            upload = upload_id(store, digest_of(_as_brought(contents)), of)
            become(folder, store.uploads / upload)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload


def keep_file(store: Store, path: Path) -> str:
    """Keep a copy of one picture or zip of this machine; returns the id of what it holds.

    The same file again, or a renamed zip, has the same id. For the command line and the library.

    Raises
    ------
    DataError
        If it is too large, or cannot be read.
    StoreFullError
        If the disk is full; nothing is kept then.
    """
    try:
        known = _as_brought([Content(path.name, sha256_of(path))])
        upload = upload_id(store, digest_of(known), "")
        if is_kept(store, upload):
            return upload
        with path.open("rb") as file:
            return receive(store, [(path.name, file)], of="")
    except OSError as problem:
        raise DataError(
            "{path} cannot be read: {strerror}.",
            "Check its permissions.",
            path=path,
            strerror=problem.strerror,
        ) from problem


def linking_folder(store: Store, folder: Path) -> Generator[Progress, None, str]:
    """Point to a folder of pictures on this machine instead of copying it.

    Returns the id of what it holds, names and bytes: another one once anything in it has changed,
    and the same wherever it lies. For the command line and the library: whoever may call this may
    read the folder.

    Yields
    ------
    Progress
        In files that were read.

    Raises
    ------
    DataError
        If there is no such folder, or it cannot be read.
    """
    folder = folder.expanduser().resolve()
    if not folder.is_dir():
        raise DataError(
            "{folder} is not a folder.", "Name a folder that holds pictures.", folder=folder
        )
    digest = yield from _folder_digest(store, folder)
    upload = upload_id(store, f"folder {digest}")
    kept = Artifact(store.uploads / upload)
    kept.write_json("manifest.json", {"folder": str(folder), "sha256": digest})
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
        For an id that is none, or was never given; where a folder holds something else by now.
    ArchiveError
        Where a zip holds more than `limits` allow, or the only file is a zip that is damaged.
    """
    manifest = manifest_of(store, upload)
    zips = _Zips(limits or ArchiveLimits())
    if "folder" in manifest:
        files = _files_in(store, Path(manifest["folder"]))
        _check_unchanged(store, manifest, files)
        found = _in_folder(files, zips)
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
        if "folder" in manifest:  # nor while it was read
            _check_unchanged(store, manifest)


def manifest_of(store: Store, upload: str) -> dict[str, Any]:
    """What is written down of an upload.

    Raises
    ------
    DataError
        For an id that is none, or was never given.
    """
    if not isinstance(upload, str) or not _ID.match(upload):
        raise DataError(
            "{upload} is no id of an upload.",
            "Copy the whole link, or upload again.",
            upload=repr(str(upload)[:60]),
        )
    try:
        found: dict[str, Any] = Artifact(store.uploads / upload).read_json("manifest.json")
    except ArtifactMissingError as problem:
        raise DataError(
            "These pictures are not kept here.",
            "They may be on another server, or were removed with their data: upload them again.",
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
        outer = (*parts[:-1], parts[-1].rsplit(".", 1)[0])  # of several zips, each is a folder
        return [
            Candidate("/".join((*outer, inner.name)), (*outer, *inner.folders), inner.read)
            for inner in found
        ]


def is_kept(store: Store, upload: str) -> bool:
    """Whether it is; what is, counts as used now."""
    folder = store.uploads / upload
    if not (folder / "manifest.json").exists():
        return False
    with contextlib.suppress(OSError):
        os.utime(folder)
    return True


def become(folder: Path, wanted: Path) -> None:
    """Give a whole upload its name; where that is there already, it is the same."""
    try:
        folder.rename(wanted)
    except OSError:
        if not (wanted / "manifest.json").exists():
            raise
        shutil.rmtree(folder, ignore_errors=True)


def _as_brought(contents: list[Content]) -> list[Content]:
    """Of a zip alone its name does not matter; of all else names are what pictures are called."""
    if len(contents) == 1 and contents[0].name.lower().endswith(".zip"):
        return [Content("", contents[0].sha256)]
    return contents


def _folder_digest(
    store: Store, folder: Path, files: _Files | None = None
) -> Generator[Progress, None, str]:
    listed = _files_in(store, folder) if files is None else files
    named = [("/".join(parts), path) for parts, path in listed]
    return digest_of((yield from reading_folder(store, folder, named)))


def _check_unchanged(store: Store, manifest: dict[str, Any], files: _Files | None = None) -> None:
    folder = Path(manifest["folder"])
    if "sha256" not in manifest:
        return
    if run_to_end(_folder_digest(store, folder, files)) != manifest["sha256"]:
        raise DataError(
            "What the folder {folder} holds has changed since it was asked for.",
            "Ask for it again: it is another set of pictures now.",
            folder=folder,
        )


def _in_folder(files: _Files, zips: _Zips) -> list[Candidate]:
    """Files of a folder, those in its zips among them."""
    found = []
    for parts, path in files:
        if parts[-1].lower().endswith(".zip"):
            found += zips.within("/".join(parts), path, alone=False)
            continue
        words = clean_parts("/".join(parts)) or ("unnamed",)
        found.append(Candidate("/".join(words), words[:-1], _file_reader(path, parts[-1])))
    return found


def _files_in(store: Store, folder: Path) -> _Files:
    """Every file that may be a picture: its folders and name, and its path.

    Links to folders are followed, but none that leads back to where it lies. Where the store lies
    in the folder, what it keeps is none of the pictures.
    """
    found: _Files = []
    root = store.root.resolve()
    above: dict[Path, frozenset[Path]] = {folder.parent: frozenset()}
    try:
        for where, names, files in os.walk(folder, followlinks=True, onerror=_raised):
            here = Path(where)
            real, outer = here.resolve(), above[here.parent]
            if real in outer or real == root:
                names.clear()  # a link that leads back, or what the store keeps
                continue
            above[here] = outer | {real}
            if len(above) > MAX_FOLDERS:
                raise DataError(
                    "The folder holds more than {max_folders:,} folders.",
                    "Import a part of it.",
                    max_folders=MAX_FOLDERS,
                )
            inner = here.relative_to(folder).parts
            names[:] = sorted(name for name in names if not is_clutter((name,)))
            for name in files:
                path = here / name
                if is_clutter((name,)) or not path.is_file():
                    continue
                if len(found) >= MAX_FILES:
                    raise DataError(
                        "The folder holds more than {max_files:,} files.",
                        "Import a part of it.",
                        max_files=MAX_FILES,
                    )
                found.append(((*inner, name), path))
    except OSError as problem:
        raise DataError(
            "The folder {folder} cannot be read: {strerror}.",
            "Check its permissions.",
            folder=folder,
            strerror=problem.strerror,
        ) from problem
    return found


def _raised(problem: OSError) -> None:
    raise problem


def _is_zip(name: str, path: Path) -> bool:
    """By content or by name, so that a damaged zip is told as one."""
    with path.open("rb") as file:
        start = file.read(4)
    return start in (b"PK\x03\x04", b"PK\x05\x06") or name.lower().endswith(".zip")


def _file_reader(path: Path, name: str) -> Callable[[], bytes]:
    def read() -> bytes:
        if name.lower().endswith(NESTED):
            raise PictureError(
                "This is an archive of a kind that is not opened here.", "Pack it as a zip."
            )
        try:
            with path.open("rb") as file:
                return file.read(TRAINING.n_bytes + 1)
        except OSError as problem:
            raise PictureError(
                "The file cannot be read: {strerror}.",
                "Check its permissions.",
                strerror=problem.strerror,
            ) from problem

    return read


def _refuse(problem: ArchiveError) -> bytes:
    raise PictureError(problem.message, problem.hint) from problem
