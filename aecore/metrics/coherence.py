"""Whether words belong together: how often they stand in the same texts."""

from __future__ import annotations

import numpy as np


def npmi(occurs: np.ndarray) -> float:
    """Mean normalized pointwise mutual information of all pairs of words; -1 to 1, high is good.

    `ln(p(a, b) / (p(a) p(b))) / -ln p(a, b)` over texts; 0 for words that know nothing of each
    other, -1 for those that are never together (Bouma 2009, GSCL; as the coherence of a topic:
    Lau, Newman & Baldwin 2014, EACL).

    Parameters
    ----------
    occurs
        bool `(n_texts, n_words)`: which words stand in which text.

    Returns
    -------
    float
        NaN for fewer than two words.

    Examples
    --------
    >>> npmi(np.array([[1, 1], [1, 1], [0, 0], [0, 0]], bool))
    1.0
    """
    n_texts, n_words = occurs.shape
    if n_words < 2:
        return float("nan")
    counts = occurs.astype(np.float64)
    joint = counts.T @ counts / n_texts  # (n_words, n_words)
    alone = np.diag(joint)
    a, b = np.triu_indices(n_words, 1)
    together = joint[a, b]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(together / (alone[a] * alone[b])) / -np.log(together)
    found = np.where(together == 0, -1.0, np.where(together == 1, 1.0, found))
    return float(found.mean())
