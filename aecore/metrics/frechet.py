"""How far one cloud of pictures is from another, in the features of a small classifier of ours."""

from __future__ import annotations

import numpy as np

from aecore.errors import TooFewSamplesError


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """`|mu_a - mu_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^1/2)` of two clouds; from 0, less is better.

    Dowson & Landau 1982, Journal of Multivariate Analysis 12: the squared Wasserstein-2
    distance of two gaussians with these moments. With Inception's features it is called FID
    (Heusel et al. 2017); with any others it is not, and figures do not compare.

    Parameters
    ----------
    a, b
        Features, `(n, F)` and `(m, F)`.

    Raises
    ------
    TooFewSamplesError
        With fewer than two samples in either.
    """
    if min(len(a), len(b)) < 2:
        raise TooFewSamplesError(
            "A distribution needs two samples or more.", "Compare more pictures."
        )
    mean_a, mean_b = a.mean(0, dtype=np.float64), b.mean(0, dtype=np.float64)
    cov_a = np.atleast_2d(np.cov(a, rowvar=False, dtype=np.float64))
    cov_b = np.atleast_2d(np.cov(b, rowvar=False, dtype=np.float64))
    # tr (S_a S_b)^1/2 by eigenvalues of a symmetric product: real, and no matrix root
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(0)).sum()
    apart = float(((mean_a - mean_b) ** 2).sum())
    return max(0.0, apart + float(np.trace(cov_a) + np.trace(cov_b) - 2 * cross))
