"""Files that are seen whole or not at all, and what to do where a system refuses to change them."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from aecore.errors import StoreError, StoreFullError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_N_TRIES = 50
_TRY_S = 0.02


@contextlib.contextmanager
def writing_whole(final: Path, *, durable: bool = False) -> Iterator[Path]:
    """A temporary path beside `final`, which becomes it when the block ends well.

    Parameters
    ----------
    durable
        Wait until the disk has it, so that a power cut leaves the old content or the new one.

    Raises
    ------
    OSError
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_name(f".{final.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        if durable:
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
        replace_file(temporary, final)
    finally:
        discard(temporary)


def replace_file(temporary: Path, final: Path) -> None:
    """Rename over what is there.

    Windows refuses while a reader has the old file open, which it soon has no more: so this is
    tried for a second.

    Raises
    ------
    OSError
    """
    for _ in range(_N_TRIES):
        with contextlib.suppress(PermissionError):
            temporary.replace(final)
            return
        time.sleep(_TRY_S)
    temporary.replace(final)


def append_lines(path: Path, lines: bytes) -> None:
    """Add whole lines, after the last one that is whole; where that fails, none is added.

    Raises
    ------
    OSError
    """
    with path.open("ab+") as file:
        end = _whole_lines(file)
        file.truncate(end)  # what a writer that was killed left of its last line
        try:
            file.write(lines)
            file.flush()
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(end)
            raise


def discard(path: Path) -> bool:
    """Remove a file; whether it is gone. Windows refuses while it is open or mapped."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def remove_folder(path: Path, grave: Path) -> bool:
    """Remove a folder at once and as a whole: renamed to `grave`, then emptied.

    Returns
    -------
    bool
        Whether it is gone. Windows refuses while a file in it is open or mapped; nothing of it is
        removed then. What it refuses afterwards stays in the grave.
    """
    try:
        path.rename(grave)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    shutil.rmtree(grave, ignore_errors=True)
    return True


def folder_bytes(path: Path) -> int:
    """Bytes of all files in a folder and below."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with contextlib.suppress(OSError):  # a temporary file that is gone by now
                total += Path(folder, name).stat().st_size
    return total


def names_in(folder: Path) -> list[str]:
    """Names of what is in a folder; none where there is no such folder."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return os.listdir(folder)  # noqa: PTH208 - names alone, without a path each
    return []


def make_private(folder: Path) -> None:
    """Make a folder of the store that its owner alone may open.

    One that an earlier version made, with the rights that the umask gave, is closed too; any
    other rights (0770, of a group that shares a store) were somebody's choice and stay.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) == 0o755:
        with contextlib.suppress(OSError):
            folder.chmod(0o700)


def store_error_from(problem: OSError) -> StoreError:
    """What a person is told of a file system's refusal."""
    if problem.errno in _FULL:
        return StoreFullError(
            "The disk that holds the results is full.",
            "Free some space or remove old runs; what was finished is kept.",
        )
    return StoreError(
        "The store cannot be used: {strerror}.",
        "Check the folder's permissions, or name another in AECORE_STORE.",
        strerror=problem.strerror or problem,
    )


def _whole_lines(file: IO[bytes]) -> int:
    """Where the last line that is ended ends, in bytes from the start."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 65_536)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
