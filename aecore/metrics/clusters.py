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


@dataclass(frozen=True)
class Clusters:
    """Samples in groups.

    Parameters
    ----------
    assigned
        int64 `(n,)`, the group of each sample, from 0.
    distance
        float64 `(n,)`, how far each lies from the centre of its group; the nearest stand for it.
    n_clusters
        Groups there are.
    """

    assigned: np.ndarray
    distance: np.ndarray
    n_clusters: int

    def nearest(self, cluster: int, k: int) -> np.ndarray:
        """Places of the `k` samples nearest to a centre, the nearest first; fewer where so few."""
        members = np.flatnonzero(self.assigned == cluster)
        found: np.ndarray = members[np.argsort(self.distance[members], kind="stable")[:k]]
        return found


def kmeans(codes: np.ndarray, n_clusters: int, *, seed: int = 0) -> Clusters:
    """K-means (scikit-learn, the best of ten starts) of codes `(n, D)`."""
    from sklearn.cluster import KMeans

    found = KMeans(n_clusters, n_init=10, random_state=seed)
    assigned = found.fit_predict(codes).astype(np.int64)
    return Clusters(assigned, found.transform(codes).min(1), n_clusters)


def agreement(assigned: np.ndarray, labels: np.ndarray) -> Agreement:
    """How well groups `(n,)` agree with classes `(n,)`; see `Agreement`."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    return Agreement(
        float(normalized_mutual_info_score(labels, assigned)),
        float(adjusted_rand_score(labels, assigned)),
    )


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
    known = labels >= 0
    n_classes = len(np.unique(labels[known]))
    if n_classes < 2 or known.sum() <= n_classes:
        raise TooFewSamplesError(
            "Clusters need classes to be compared with.", "Choose data with two classes or more."
        )
    return agreement(kmeans(codes[known], n_classes, seed=seed).assigned, labels[known])
