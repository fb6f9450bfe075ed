"""Whether codes are more than one shapeless cloud: does a map that shows clusters make them up?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.errors import TooFewSamplesError

THRESHOLD = 0.84
"""A ratio above it is that of a cloud. Measured: `aecore bench map` (BENCHMARKS.md)."""
_QUARTILES_APART = 1.349
"""Of a gaussian, in deviations."""
N_LOOKED_AT = 2000
N_LEAST = 50
"""Codes that tell anything at the least."""


@dataclass(frozen=True)
class ClusterTendency:
    """How near codes lie to each other, against a cloud that only looks like them from afar.

    Parameters
    ----------
    ratio
        Median distance of a code to its nearest other, over that in a gaussian cloud of as many
        points with the same principal directions and the same quartiles along them: about 1 where
        codes are such a cloud, less where they form clumps or sheets.
    n
        Codes that were looked at.
    """

    ratio: float
    n: int

    @property
    def is_cloud(self) -> bool:
        """Whether clusters on a map of these codes are made up by the map."""
        return self.ratio > THRESHOLD


def clumping(z: np.ndarray, seed: int = 0) -> ClusterTendency:
    """Look at codes `(n, D)`, at most `N_LOOKED_AT` of them.

    A test of nearest neighbours as Hopkins & Skellam (1954, Annals of Botany 18: 213-227) have
    it, with a gaussian of the same principal directions in place of a uniform field, for the codes
    of noise are one. Its spread along them is taken from the quartiles of the codes: a few that lie
    far out, as networks with batch normalization have them for noise, would widen it else.

    Raises
    ------
    TooFewSamplesError
        For fewer than `N_LEAST` codes.
    """
    from sklearn.neighbors import NearestNeighbors

    if len(z) < N_LEAST:
        raise TooFewSamplesError(
            "{n_z} codes are too few to measure cluster tendency.",
            "Use {n_least} or more.",
            n_z=len(z),
            n_least=N_LEAST,
        )
    random = np.random.default_rng(seed)
    looked = z[random.permutation(len(z))[:N_LOOKED_AT]].astype(np.float64)
    centred = looked - looked.mean(0)
    n = len(looked)
    along = centred @ np.linalg.svd(centred, full_matrices=False)[2].T  # (n, min(n, D))
    low, high = np.quantile(along, [0.25, 0.75], axis=0)
    cloud = random.normal(size=along.shape) * (high - low) / _QUARTILES_APART

    def nearest(points: np.ndarray) -> float:
        far, _ = NearestNeighbors(n_neighbors=1).fit(points).kneighbors()
        return float(np.median(far))

    apart = nearest(cloud)
    return ClusterTendency(nearest(centred) / apart if apart else 0.0, n)
