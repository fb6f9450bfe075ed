"""Rows of which most numbers are 0, kept by the others alone: baskets, ratings, words of texts."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from scipy import sparse

from aecore.artifact import Artifact
from aecore.errors import DataError

_DATA, _INDICES, _INDPTR = "x-data.npy", "x-indices.npy", "x-indptr.npy"
MAX_VALUES = 2**28
"""Numbers that are made dense at once at the most: 1 GB in float32."""


class SparseRows:
    """Rows `(n_samples, F)`, float32, in compressed sparse row format.

    Indexing by rows gives them dense, as batches are; the whole is never made dense. It has what
    of an array a sample set needs: `shape`, `ndim`, `dtype`, `nbytes`, `len`, `[rows]`, `take`.

    Parameters
    ----------
    matrix
        Any sparse matrix or array of scipy; entries of one cell are added up, zeros left out.

    Raises
    ------
    DataError
        If a number is missing or infinite, or there are none.

    Examples
    --------
    >>> rows = SparseRows(sparse.csr_array([[0, 2, 0], [1, 0, 0]]))
    >>> rows.shape, rows.n_stored, rows[[1]].tolist()
    ((2, 3), 2, [[1.0, 0.0, 0.0]])
    """

    ndim = 2
    dtype = np.dtype(np.float32)

    def __init__(self, matrix: Any) -> None:
        csr = sparse.csr_array(matrix, dtype=np.float32, copy=True)
        csr.sum_duplicates()
        csr.eliminate_zeros()
        if csr.ndim != 2 or not all(csr.shape):
            raise DataError("The sparse matrix has no rows or no columns.", "Give (n, F).")
        if not np.isfinite(csr.data).all():
            raise DataError("Some numbers of the rows are missing or infinite.", "Fill them in.")
        self.csr = csr

    @classmethod
    def _of(cls, csr: Any) -> SparseRows:
        """Of a matrix that is in order already."""
        rows = cls.__new__(cls)
        rows.csr = csr
        return rows

    @property
    def shape(self) -> tuple[int, ...]:
        """`(n_samples, F)`."""
        return (int(self.csr.shape[0]), int(self.csr.shape[1]))

    @property
    def n_stored(self) -> int:
        """Numbers that are not 0."""
        return int(self.csr.nnz)

    @property
    def nbytes(self) -> int:
        """Bytes that are kept."""
        return int(self.csr.data.nbytes + self.csr.indices.nbytes + self.csr.indptr.nbytes)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"SparseRows({self.shape[0]:,} x {self.shape[1]:,}, {self.n_stored:,} stored)"

    def __getitem__(self, rows: int | slice | list[int] | np.ndarray) -> np.ndarray:
        """Chosen rows, dense float32: `(n, F)`, or `(F,)` of a single number.

        Raises
        ------
        DataError
            If they would be more than `MAX_VALUES` numbers.
        """
        if isinstance(rows, int | np.integer):
            single: np.ndarray = self.csr[[int(rows)]].toarray()[0]
            return single
        chosen = self.csr[rows if isinstance(rows, slice) else np.asarray(rows)]
        _check_size(chosen.shape)
        dense: np.ndarray = chosen.toarray()
        return dense

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        dense = self[:]
        return dense if dtype is None else dense.astype(dtype)

    def take(self, rows: np.ndarray, axis: int = 0) -> SparseRows:
        """Chosen rows, sparse."""
        if axis != 0:
            raise ValueError("only rows can be taken")
        return SparseRows._of(self.csr[np.asarray(rows)])

    def mean(self, rows: np.ndarray | None = None, *, observed: bool = False) -> np.ndarray:
        """Mean of each column, float32 `(F,)`.

        Parameters
        ----------
        rows
            Those that count; None: all.
        observed
            Of the numbers that are not 0 alone; 0 where a column has none.
        """
        csr = self.csr if rows is None else self.csr[np.asarray(rows)]
        total = np.asarray(csr.sum(0), np.float64).ravel()
        n = np.bincount(csr.indices, minlength=csr.shape[1]) if observed else csr.shape[0]
        mean: np.ndarray = (total / np.maximum(1, n)).astype(np.float32)
        return mean

    def columns(self, columns: np.ndarray) -> np.ndarray:
        """Chosen columns of all rows, dense float32 `(n_samples, n)`."""
        chosen = self.csr[:, np.asarray(columns)]
        _check_size(chosen.shape)
        dense: np.ndarray = chosen.toarray()
        return dense

    def row(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Columns and values of what a row holds, `(n,)` each."""
        start, stop = self.csr.indptr[index], self.csr.indptr[index + 1]
        return np.asarray(self.csr.indices[start:stop]), np.asarray(self.csr.data[start:stop])


Rows = np.ndarray | SparseRows
"""Samples as they are kept: an array, or sparse rows."""


@overload
def taken(x: np.ndarray, rows: np.ndarray) -> np.ndarray: ...
@overload
def taken(x: SparseRows, rows: np.ndarray) -> SparseRows: ...
def taken(x: Rows, rows: np.ndarray) -> Rows:
    """Chosen samples as they are kept; sparse ones stay sparse."""
    return x.take(rows) if isinstance(x, SparseRows) else x[rows]


def _check_size(shape: tuple[int, ...]) -> None:
    n_rows, n_columns = shape
    if n_rows * n_columns > MAX_VALUES:
        raise DataError(
            "{n_rows:,} sparse rows of {n_columns:,} columns are too many to be made dense.",
            "Take them in parts.",
            n_rows=n_rows,
            n_columns=n_columns,
        )


def write_rows(artifact: Artifact, rows: SparseRows) -> None:
    """Write sparse rows into an artifact; see `read_rows`."""
    artifact.write_array(_DATA, rows.csr.data)
    artifact.write_array(_INDICES, rows.csr.indices.astype(np.int32))
    artifact.write_array(_INDPTR, rows.csr.indptr.astype(np.int64))


def has_rows(artifact: Artifact) -> bool:
    """Whether an artifact holds sparse rows."""
    return artifact.has(_INDPTR)


def read_rows(artifact: Artifact, n_columns: int, *, mmap: bool = True) -> SparseRows:
    """Sparse rows of an artifact; with `mmap` they stay on disk until they are touched."""
    data, indices, indptr = (
        artifact.read_array(name, mmap=mmap) for name in (_DATA, _INDICES, _INDPTR)
    )
    csr = sparse.csr_array((data, indices, indptr), shape=(len(indptr) - 1, n_columns), copy=False)
    return SparseRows._of(csr)
