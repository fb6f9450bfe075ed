"""Do codes fall into the classes by themselves? K-means, and how well it agrees with labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.errors import TooFewSamplesError


@dataclass(frozen=True)
class Agreement:
    """How well clusters agree with classes.

    Parameters
    ----------
    nmi
        Normalized mutual information, 0 (none) to 1 (the same); more is better.
    ari
        Adjusted Rand index, about 0 by chance, 1 the same; more is better.
    """

    nmi: float
    ari: float


def kmeans_agreement(codes: np.ndarray, labels: np.ndarray, *, seed: int = 0) -> Agreement:
    """K-means with as many clusters as there are classes, held against the labels.

    Strehl & Ghosh 2002, JMLR 3 (arithmetic mean in the denominator); Hubert & Arabie 1985,
    Journal of Classification 2. scikit-learn computes both.

    Parameters
    ----------
    codes
        `(n, D)`.
    labels
        `(n,)`; -1 marks a sample without a label, which is left out.

    Raises
    ------
    TooFewSamplesError
        With fewer than two classes, or fewer samples than classes.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    known = labels >= 0
    n_classes = len(np.unique(labels[known]))
    if n_classes < 2 or known.sum() <= n_classes:
        raise TooFewSamplesError(
            "Clusters need classes to be held against.", "Choose data with two classes or more."
        )
    found = KMeans(n_classes, n_init=10, random_state=seed).fit_predict(codes[known])
    return Agreement(
        float(normalized_mutual_info_score(labels[known], found)),
        float(adjusted_rand_score(labels[known], found)),
    )
