"""What codes are worth as features: can the class be told from them, with few labels or many?"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore.errors import TooFewSamplesError

N_LABELS = (10, 30, 100, 300, 1000)
"""Numbers of labels that are tried."""
N_DRAWS = 3
"""Times that labels are drawn for each number; scores are means over them."""
K = 5
"""Neighbours that vote, at the most."""


@dataclass(frozen=True)
class FewLabels:
    """How often the class is told right from features when few samples have a label.

    Parameters
    ----------
    n_labels
        Numbers of labels; those of `N_LABELS` that there are.
    knn, probe
        float64 `(len(n_labels), m)`: share of the draws in which each test sample was told
        right, by k nearest neighbours and by a linear probe. In [0, 1], more is better; NaN
        where the test sample has no label.
    """

    n_labels: tuple[int, ...]
    knn: np.ndarray
    probe: np.ndarray

    def accuracy(self, method: str) -> np.ndarray:
        """Mean over the test samples of "knn" or "probe", `(len(n_labels),)`; more is better."""
        return np.asarray(np.nanmean(getattr(self, method), axis=1))


def knn_accuracy(
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    test_labels: np.ndarray,
    k: int = K,
) -> float:
    """Share of test samples whose k nearest training samples vote for their class.

    In [0, 1], more is better. Cover & Hart 1967, IEEE TIT 13; Euclidean distance, majority vote.

    Parameters
    ----------
    train, test
        `(n, D)` codes.
    train_labels, test_labels
        `(n,)`; -1 marks a sample without a label, which is left out.

    Raises
    ------
    TooFewSamplesError
        If too few are labelled.
    """
    return float(np.nanmean(knn_hits(train, train_labels, test, test_labels, k)))


def knn_hits(
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    test_labels: np.ndarray,
    k: int = K,
) -> np.ndarray:
    """Which test samples are told right; `(m,)` of 1, 0, and NaN for one without a label.

    See `knn_accuracy`, which is their mean.
    """
    from sklearn.neighbors import KNeighborsClassifier

    known, asked = train_labels >= 0, test_labels >= 0
    if known.sum() < k or not asked.any():
        raise TooFewSamplesError(
            "Too few labelled samples to vote.", "At least {k} for training and one to test.", k=k
        )
    classifier = KNeighborsClassifier(k, algorithm="brute").fit(train[known], train_labels[known])
    return _hits(classifier.predict(test[asked]), test_labels)


def probe_hits(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray
) -> np.ndarray:
    """Which test samples a linear probe tells right; `(m,)` of 1, 0, and NaN without a label.

    Alain & Bengio 2017, "Understanding intermediate layers using linear classifier probes",
    ICLR workshop, arXiv:1610.01644: logistic regression (L2 penalty, C = 1, scikit-learn) on
    features as they come; see `standardized`.

    Raises
    ------
    TooFewSamplesError
        With fewer than two classes to train on, or none to test.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    known, asked = train_labels >= 0, test_labels >= 0
    if len(np.unique(train_labels[known])) < 2 or not asked.any():
        raise TooFewSamplesError(
            "A probe needs two classes or more.", "Choose data with labels, and more of them."
        )
    with threadpool_limits(1), warnings.catch_warnings():
        x, x_test = _in_fewest_dims(train[known], test[asked])
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there serves as well
        probe = LogisticRegression(max_iter=200).fit(x, train_labels[known])
    return _hits(probe.predict(x_test), test_labels)


def standardized(
    train: np.ndarray, *others: np.ndarray, each: bool = True
) -> tuple[np.ndarray, ...]:
    """Features less their mean over `train`, over their deviation there; float64.

    Parameters
    ----------
    train, others
        `(n, D)`, and any number of `(m, D)`.
    each
        By dimension, for codes, whose dimensions have no common unit; False: all dimensions by
        one number, for pixels and principal components, whose sizes mean something (a pixel
        that is hardly ever lit would be blown up).
    """
    as_standard = standardizer(train, each=each)
    return tuple(as_standard(x) for x in (train, *others))


def standardizer(train: np.ndarray, *, each: bool = True) -> Callable[[np.ndarray], np.ndarray]:
    """What turns features `(n, D)` into standardized ones; see `standardized`."""
    mean = train.mean(0, dtype=np.float64)
    deviation = train.std(0, dtype=np.float64)
    if not each:
        deviation = np.full_like(deviation, np.sqrt((deviation**2).mean()))
    spread = np.where(deviation > 1e-6, deviation, 1.0)
    return lambda x: (np.asarray(x, np.float64) - mean) / spread


def few_labels(
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    test_labels: np.ndarray,
    *,
    n_labels: tuple[int, ...] = N_LABELS,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> FewLabels:
    """K nearest neighbours and a linear probe with so many labels, mean over a few draws.

    The labels are drawn evenly from the classes, by the seed alone: features of other models
    get the same. Of k = 5 neighbours fewer vote where a class has fewer labels.

    Parameters
    ----------
    train, test
        `(n, D)` and `(m, D)`, features; see `standardized`.
    train_labels, test_labels
        `(n,)` and `(m,)`; -1 marks a sample without a label.

    Raises
    ------
    TooFewSamplesError
        With fewer than two classes, or fewer labels than the least of `n_labels`.
    """
    possible = tuple(n for n in n_labels if n <= (train_labels >= 0).sum())
    if not possible:
        raise TooFewSamplesError(
            "Too few samples have a label.",
            "At least {n_labels} are needed.",
            n_labels=min(n_labels),
        )
    knn = np.zeros((len(possible), len(test)))
    probe = np.zeros_like(knn)
    for i, n in enumerate(possible):
        for draw in range(n_draws):
            rows = labelled_rows(train_labels, n, seed=seed + draw)
            x, labels = train[rows], train_labels[rows]
            k = int(np.clip(np.unique(labels, return_counts=True)[1].min(), 1, K))
            knn[i] += knn_hits(x, labels, test, test_labels, k) / n_draws
            probe[i] += probe_hits(x, labels, test, test_labels) / n_draws
    return FewLabels(possible, knn, probe)


def labelled_rows(labels: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """`n` samples that keep their label, drawn as evenly from the classes as they allow; sorted.

    Examples
    --------
    >>> labels = np.repeat([0, 1, -1], 50)
    >>> rows = labelled_rows(labels, 10, seed=0)
    >>> np.bincount(labels[rows]).tolist()
    [5, 5]
    """
    random = np.random.default_rng(seed)
    classes = random.permutation(np.unique(labels[labels >= 0]))
    rank = np.full(len(labels), np.inf)
    for place, name in enumerate(classes):
        members = random.permutation(np.flatnonzero(labels == name))
        rank[members] = np.arange(len(members)) + place / len(classes)  # one a class, in turns
    return np.sort(np.argsort(rank, kind="stable")[: min(n, int((labels >= 0).sum()))])


def _hits(found: np.ndarray, labels: np.ndarray) -> np.ndarray:
    hits = np.full(len(labels), np.nan)
    hits[labels >= 0] = found == labels[labels >= 0]
    return hits


def _in_fewest_dims(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same samples turned into the space that the training ones span.

    With an L2 penalty the weights of a linear model lie in that span, so its answers are the
    same, and thousands of pixels become as many numbers as there are samples.
    """
    if train.shape[1] <= len(train):
        return train, test
    q, r = np.linalg.qr(np.asarray(train, np.float64).T)  # (D, n), (n, n)
    return r.T, np.asarray(test, np.float64) @ q
