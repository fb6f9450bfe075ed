"""What a group of samples has in common: their mean, their spread, the middle of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.data.sparse_rows import Rows

_CHUNK = 256


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation of each value over a group.

    Parameters
    ----------
    mean, spread
        float32 `(*shape,)`; of pictures in [0, 1], where a spread is at most 0.5 (half of the
        samples black, half white).
    n
        Samples in the group.
    """

    mean: np.ndarray
    spread: np.ndarray
    n: int


def moments(x: Rows, rows: np.ndarray) -> Moments:
    """Mean and standard deviation (divided by n) of chosen samples, value by value.

    Parameters
    ----------
    x
        uint8 pictures `(n_samples, C, H, W)`, taken as [0, 1], or float rows `(n_samples, F)`;
        read in pieces, so that it may stay on disk.
    rows
        Which samples; at least one.
    """
    total = np.zeros(x.shape[1:], np.float64)
    squares = np.zeros(x.shape[1:], np.float64)
    first = np.asarray(x[rows[0]], np.float32)  # sums of what is near 0 lose no digits
    for start in range(0, len(rows), _CHUNK):
        values = np.asarray(x[rows[start : start + _CHUNK]], np.float32) - first  # (B, *shape)
        total += values.sum(0, dtype=np.float64)
        squares += np.einsum("b...,b...->...", values, values, dtype=np.float64)
    top = 255.0 if x.dtype == np.uint8 else 1.0
    mean = total / len(rows)
    variance = np.maximum(squares / len(rows) - mean**2, 0.0)
    return Moments(
        ((mean + first) / top).astype(np.float32),
        (np.sqrt(variance) / top).astype(np.float32),
        len(rows),
    )


def class_examples(z: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Place of the code nearest to the mean of each class, int64; empty classes are left out.

    Parameters
    ----------
    z
        `(n, D)`.
    labels
        int `(n,)`, -1 for none.
    """
    examples = []
    for label in range(n_classes):
        members = np.flatnonzero(labels == label)
        if len(members):
            examples.append(members[nearest(z[members], z[members].mean(0), 1)[0]])
    return np.array(examples, np.int64)


def nearest(z: np.ndarray, point: np.ndarray, k: int) -> np.ndarray:
    """Places of the `k` codes nearest to a point `(D,)`, the nearest first (Euclidean)."""
    apart = np.square(z - point).sum(1)
    k = min(k, len(z))
    candidates = np.argpartition(apart, k - 1)[:k] if k < len(z) else np.arange(len(z))
    return candidates[np.argsort(apart[candidates], kind="stable")]
