"""Rows of a set that is being brought in, written to a file as they come: not held in memory."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from aecore.artifact import LARGE_BYTES
from aecore.files import store_error_from


class RowFile:
    """Pictures of one shape, uint8, appended one after the other and read back as an array.

    Parameters
    ----------
    shape
        Of one row: `(C, H, W)`.
    expect
        Told of bytes before they are written; see `Artifact.expect`.
    """

    def __init__(
        self, path: Path, shape: tuple[int, ...], expect: Callable[[int], None] = lambda n: None
    ) -> None:
        self.shape = shape
        self.n_rows = 0
        self._expect = expect
        self._n_expected = 0
        self._path = path
        self._file: IO[bytes] = path.open("w+b")

    def append(self, rows: np.ndarray) -> None:
        """Write rows, `(n, C, H, W)` or `(C, H, W)`; a grey one fills all channels.

        Raises
        ------
        StoreError
            If the disk refuses, or there is no room.
        """
        many = rows if rows.ndim == 1 + len(self.shape) else rows[None]
        if many.shape[1:] != self.shape:
            many = np.broadcast_to(many, (len(many), *self.shape))
        whole = np.ascontiguousarray(many, np.uint8)
        if whole.nbytes > self._n_expected:
            self._expect(whole.nbytes + LARGE_BYTES)
            self._n_expected = whole.nbytes + LARGE_BYTES
        self._n_expected -= whole.nbytes
        try:
            self._file.write(whole.data)
        except OSError as problem:
            raise store_error_from(problem) from problem
        self.n_rows += len(many)

    def array(self) -> np.ndarray:
        """All rows so far, `(n, C, H, W)`; they stay on disk, and cannot be written to."""
        return self._mapped(0, self.n_rows)

    def blocks(self, n: int) -> Iterator[np.ndarray]:
        """The same, `n` rows at a time, of which no more are mapped into memory."""
        for start in range(0, self.n_rows, n):
            yield self._mapped(start, min(n, self.n_rows - start))

    def _mapped(self, start: int, n: int) -> np.ndarray:
        try:
            self._file.flush()
        except OSError as problem:
            raise store_error_from(problem) from problem
        shape = (n, *self.shape)
        if not n:
            return np.empty(shape, np.uint8)
        return np.memmap(self._path, np.uint8, "r", offset=start * prod(self.shape), shape=shape)

    def close(self) -> None:
        """Give the place back; arrays that were read keep theirs where the system allows it."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):  # Windows: somebody reads it still
            self._path.unlink(missing_ok=True)


class RowFiles:
    """Makes row files in a folder; all go with it.

    Parameters
    ----------
    folder
        Made where it is missing.
    expect
        See `RowFile`.
    """

    def __init__(self, folder: Path, expect: Callable[[int], None] = lambda n: None) -> None:
        self._folder = folder
        self._expect = expect
        self._files: list[RowFile] = []

    def new(self, shape: tuple[int, ...]) -> RowFile:
        """An empty one.

        Raises
        ------
        StoreError
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # a name that is cleared away should this process be killed
            file = RowFile(self._folder / f".rows.{secrets.token_hex(4)}.tmp", shape, self._expect)
        except OSError as problem:
            raise store_error_from(problem) from problem
        self._files.append(file)
        return file

    def close(self) -> None:
        for file in self._files:
            file.close()


@contextlib.contextmanager
def row_files(folder: Path, expect: Callable[[int], None] = lambda n: None) -> Iterator[RowFiles]:
    """Row files in a folder, until the block ends; see `RowFiles`."""
    files = RowFiles(folder, expect)
    try:
        yield files
    finally:
        files.close()
