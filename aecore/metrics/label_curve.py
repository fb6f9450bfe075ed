"""Accuracy over the number of labels, draw by draw: how much a few labels tell."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aecore.metrics.features import K, knn_hits, labelled_rows, probe_hits

Reader = Literal["probe", "knn"]
READERS: tuple[Reader, ...] = ("probe", "knn")


@dataclass(frozen=True)
class LabelCurve:
    """How often the class is told right with so many labels.

    Parameters
    ----------
    n_labels
        `(k,)`, numbers of labels, rising.
    accuracy
        float64 `(k, n_draws)`, share of the samples told right with each draw of labels; in
        [0, 1], more is better. Draw `i` is of the same labels in every curve of a study.
    """

    n_labels: tuple[int, ...]
    accuracy: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Over the draws, `(k,)`."""
        return np.asarray(self.accuracy.mean(1))

    @property
    def low(self) -> np.ndarray:
        """The worst draw, `(k,)`."""
        return np.asarray(self.accuracy.min(1))

    @property
    def high(self) -> np.ndarray:
        """The best draw, `(k,)`."""
        return np.asarray(self.accuracy.max(1))

    def minus(self, other: LabelCurve) -> LabelCurve:
        """How much more often than by the other, draw by draw with the same labels; -1 to 1.

        Of draws that only one of them has nothing is said.
        """
        n_draws = min(self.accuracy.shape[1], other.accuracy.shape[1])
        at = [other.n_labels.index(n) for n in self.n_labels]
        apart = self.accuracy[:, :n_draws] - other.accuracy[at, :n_draws]
        return LabelCurve(self.n_labels, apart)

    def n_ahead(self, other: LabelCurve, n: int) -> int:
        """In how many draws of `n` labels this is told right more often than by the other.

        Examples
        --------
        >>> ours = LabelCurve((10,), np.array([[0.6, 0.7, 0.5]]))
        >>> ours.n_ahead(LabelCurve((10,), np.array([[0.5, 0.8, 0.5]])), 10)
        1
        """
        return int((self.minus(other).accuracy[self.n_labels.index(n)] > 0).sum())


def possible(n_labels: Sequence[int], labels: np.ndarray, *, n_each: int = 0) -> tuple[int, ...]:
    """Those numbers of labels that there are; rising.

    Parameters
    ----------
    labels
        `(n,)`, -1 marks a sample without one.
    n_each
        Leave out numbers that give some class fewer than so many.

    Examples
    --------
    >>> possible((10, 2, 100), np.repeat([0, 1, -1], 20))
    (2, 10)
    >>> possible((10, 2, 100), np.repeat([0, 1, -1], 20), n_each=2)
    (10,)
    """
    sizes = np.unique(labels[labels >= 0], return_counts=True)[1]
    numbers = [n for n in sorted(set(n_labels)) if n <= sizes.sum()]
    if n_each:  # labels are drawn in turns: a class is short where it is small, or turns are few
        enough = len(sizes) > 0 and sizes.min() >= n_each
        numbers = [n for n in numbers if enough and n >= n_each * len(sizes)]
    return tuple(numbers)


def reading(
    features: Callable[[np.ndarray], np.ndarray],
    labels: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    n_labels: Sequence[int],
    *,
    n_draws: int,
    seed: int = 0,
) -> Generator[None, None, dict[Reader, LabelCurve]]:
    """Read classes from features by a linear probe and by nearest neighbours; yields at each step.

    There are `len(n_labels) * n_draws` steps. Labels are drawn evenly from the classes, draw `i`
    by `seed + i` alone; of 5 neighbours fewer vote where a class has fewer labels.

    Parameters
    ----------
    features
        Rows `(n,)` of the sample set to features `(n, D)`; see `standardizer`.
    labels
        `(n_samples,)` of the whole set; -1 marks a sample without one.
    train, test
        Rows that labels are drawn from, and rows that are told, all with a label.
    n_labels
        Numbers of labels, each at most as many as there are; see `possible`.
    """
    accuracy = {reader: np.zeros((len(n_labels), n_draws)) for reader in READERS}
    z_test = features(test)
    for i, n in enumerate(n_labels):
        for draw in range(n_draws):
            rows = train[labelled_rows(labels[train], n, seed=seed + draw)]
            z, told = features(rows), labels[rows]
            k = int(np.clip(np.unique(told, return_counts=True)[1].min(), 1, K))
            accuracy["knn"][i, draw] = knn_hits(z, told, z_test, labels[test], k).mean()
            accuracy["probe"][i, draw] = probe_hits(z, told, z_test, labels[test]).mean()
            yield
    return {reader: LabelCurve(tuple(n_labels), found) for reader, found in accuracy.items()}
