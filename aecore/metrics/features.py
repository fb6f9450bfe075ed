"""What codes are worth as features: can the class be told from them?"""

from __future__ import annotations

import numpy as np

from aecore.errors import TooFewSamplesError


def knn_accuracy(
    train: np.ndarray,
    train_labels: np.ndarray,
    test: np.ndarray,
    test_labels: np.ndarray,
    k: int = 5,
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
    from sklearn.neighbors import KNeighborsClassifier

    known, asked = train_labels >= 0, test_labels >= 0
    if known.sum() < k or not asked.any():
        raise TooFewSamplesError(
            "Too few labelled samples to vote.", f"At least {k} for training and one to test."
        )
    classifier = KNeighborsClassifier(k).fit(train[known], train_labels[known])
    return float(classifier.score(test[asked], test_labels[asked]))
