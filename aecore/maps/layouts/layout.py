"""What every way to lay codes out is given, and what it returns."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from aecore.artifact import Progress
from aecore.errors import DataError
from aecore.sentence import joined, plural


@dataclass(frozen=True)
class Distinct:
    """Codes in an order that does not depend on the order of the samples, each once.

    A map is a function of the code: what is laid out are the different codes, sorted, so
    that permuted samples give the permuted map, and equal codes lie on one point.

    Parameters
    ----------
    z
        float32 `(m, D)`, the different codes in lexicographic order.
    index
        int64 `(n,)`, which of them each sample has.
    counts
        int64 `(m,)`, samples that have each.
    rows
        int64 `(n,)`, row of each sample in its set.
    """

    z: np.ndarray
    index: np.ndarray
    counts: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, z: np.ndarray, rows: np.ndarray | None = None) -> Distinct:
        """The different codes among `(n, D)`.

        Parameters
        ----------
        rows
            int64 `(n,)`, row of each sample in its set; None: its place among the codes.

        Raises
        ------
        DataError
            If there is no code, or one is not a finite number.
        """
        if not len(z):
            raise DataError("There are no codes to lay out.", "Choose data with samples in it.")
        if not np.isfinite(z).all():
            raise DataError(
                "Some codes are not finite numbers, so there is no map of them.",
                "The training has diverged: train again with a smaller learning rate.",
            )
        codes = np.asarray(z, np.float32) + np.float32(0.0)  # -0 and 0 are one number
        found, index, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
        rows = np.arange(len(z)) if rows is None else rows
        return cls(found, index.reshape(-1), counts, rows)

    def z_of(self, row: int) -> np.ndarray:
        """Code of the sample of a row, float32 `(D,)`; the row must be among `rows`."""
        found: np.ndarray = self.z[self.index[np.flatnonzero(self.rows == row)[0]]]
        return found

    def __len__(self) -> int:
        return len(self.z)

    @property
    def mean(self) -> np.ndarray:
        """float64 `(D,)`, over the samples."""
        return np.average(self.z, axis=0, weights=self.counts)

    @property
    def variances(self) -> np.ndarray:
        """float64 `(D,)`, of each dimension over the samples."""
        found: np.ndarray = np.zeros(self.z.shape[1])
        for dim in range(self.z.shape[1]):  # column by column: no float64 copy of the whole
            column = self.z[:, dim].astype(np.float64)
            middle = np.average(column, weights=self.counts)
            found[dim] = np.average((column - middle) ** 2, weights=self.counts)
        return found

    def standard(self) -> np.ndarray:
        """The different codes, centred, at an overall deviation of 1; float32 `(m, D)`.

        Distances keep their proportions, whatever the scale of the codes.
        """
        spread = float(np.sqrt(self.variances.sum()))
        found: np.ndarray = ((self.z - self.mean) / (spread or 1.0)).astype(np.float32)
        return found


@dataclass(frozen=True)
class Linear:
    """A map that is a projection: `(z - mean) components^T`.

    Parameters
    ----------
    mean
        float64 `(D,)`.
    components
        float64 `(d, D)`.
    """

    mean: np.ndarray
    components: np.ndarray

    def place(self, z: np.ndarray) -> np.ndarray:
        """Codes `(n, D)` to positions, float32 `(n, d)`."""
        found: np.ndarray = ((z.astype(np.float64) - self.mean) @ self.components.T).astype(
            np.float32
        )
        return found


@dataclass(frozen=True)
class Layout:
    """Where the different codes were laid.

    Parameters
    ----------
    positions
        float32 `(m, d)`.
    axes
        Name of each of the `d` axes.
    note
        What a person must know of this map beside the usual; empty where there is nothing.
    linear
        How it was made, if it is a projection.
    """

    positions: np.ndarray
    axes: tuple[str, ...]
    note: str = ""
    linear: Linear | None = None


LayingOut: TypeAlias = Generator[Progress, None, Layout]
"""Yields how far it is and returns the layout; closed to stop it."""


def too_few(distinct: Distinct, method: str, found: Layout) -> Layout:
    """A layout by PCA in place of one that needs more points, with a note that says so."""
    n = len(distinct)
    why = plural(
        "{method} needs more than one code: shown by PCA instead.",
        "{method} needs more than {n} different codes: shown by PCA instead.",
        n,
        method=method,
    )
    return Layout(found.positions, found.axes, joined((found.note, why)), found.linear)
