"""Ids of own pictures by what they hold: the same folder or file again is the same data.

Whoever knows an id may open what is under it, so it must not follow from the pictures alone: it
is a keyed digest (HMAC, RFC 2104), and the key is a secret that the store keeps for each user.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aecore.errors import ArtifactMissingError, StoreError
from aecore.files import store_error_from
from aecore.imaging.pictures import TRAINING
from aecore.store import Artifact, Progress, Store

_N_HEX = 32
_SECRET = "secret"
_SETTLED_S = 2.0
"""A file that changed so short a time ago may change again and keep its times."""
_EVERY = 200


@dataclass(frozen=True)
class Content:
    """What one file holds.

    Parameters
    ----------
    name
        What it is called, folders with it; "" where that does not matter.
    sha256
        Of its bytes; of a file that is not read, why not.
    """

    name: str
    sha256: str


def digest_of(contents: Sequence[Content]) -> str:
    """sha256 over names and contents, in the order of the names."""
    ordered = sorted((each.name, each.sha256) for each in contents)
    return hashlib.sha256(json.dumps(ordered).encode()).hexdigest()


def upload_id(store: Store, digest: str, of: str = "") -> str:
    """The id of an upload that holds this: the same for the same, and nobody else can tell it.

    Parameters
    ----------
    of
        Who brought it, where not all who use the store may open it.

    Raises
    ------
    StoreError
        If the secret can neither be read nor be written.
    """
    return hmac.new(_secret(store), f"{of}/{digest}".encode(), "sha256").hexdigest()[:_N_HEX]


def reading_folder(
    store: Store, folder: Path, files: Sequence[tuple[str, Path]]
) -> Generator[Progress, None, list[Content]]:
    """What the files of a folder hold, told by reading them.

    A file is read once: its digest is remembered beside its size and times (of change, and of
    what the system notes of it), as git does. 100,000 files take seconds from the second time on.

    Parameters
    ----------
    folder
        Where they lie.
    files
        Name and path of each.

    Yields
    ------
    Progress
        In files.
    """
    memory = f"{hashlib.sha256(str(folder).encode()).hexdigest()[:_N_HEX]}.json"
    known = _remembered(store, memory)
    found: dict[str, list[Any]] = {}
    contents = []
    begun = time.time_ns()
    for n_done, (name, path) in enumerate(files):
        if not n_done % _EVERY:
            yield Progress("reading what the folder holds", n_done, len(files))
        try:
            state = path.stat()
            stamp = [state.st_size, state.st_mtime_ns, state.st_ctime_ns]
            before = known.get(name, [])
            digest = str(before[3]) if before[:3] == stamp else _sha256(path, state.st_size)
        except OSError as problem:
            contents.append(Content(name, f"not readable: {problem.errno}"))
            continue
        contents.append(Content(name, digest))
        if max(stamp[1:]) < begun - _SETTLED_S * 1e9:
            found[name] = [*stamp, digest]
    if found != known:
        with contextlib.suppress(StoreError):  # it saves time alone
            Artifact(_private(store)).write_json(memory, found)
    return contents


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256(path: Path, n_bytes: int) -> str:
    # what is larger than any picture that is taken is not read
    return f"large: {n_bytes}" if n_bytes > TRAINING.n_bytes else sha256_of(path)


# What is kept for one user: the secret, and digests of files by folder -----------------------


def _private(store: Store) -> Path:
    """A folder that its owner alone can read, made where it is missing."""
    user = os.getuid() if hasattr(os, "getuid") else "windows"
    folder = store.root / f"own-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise store_error_from(problem) from problem
    return folder


def _secret(store: Store) -> bytes:
    folder = _private(store)
    path, temporary = folder / _SECRET, folder / f".{_SECRET}.{secrets.token_hex(4)}.tmp"
    try:
        if not path.exists():
            temporary.write_bytes(secrets.token_bytes(32))
            try:
                os.link(temporary, path)
            except FileExistsError:
                pass  # another process was first: its secret counts
            except OSError:  # a file system without links
                temporary.replace(path)
        return path.read_bytes()
    except OSError as problem:
        raise store_error_from(problem) from problem
    finally:
        temporary.unlink(missing_ok=True)


def _remembered(store: Store, memory: str) -> dict[str, list[Any]]:
    try:
        found = Artifact(_private(store)).read_json(memory)
    except (ArtifactMissingError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
