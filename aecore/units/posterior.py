"""What a gaussian code tells of a picture, dimension by dimension, and whether it has collapsed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.latent.sweeps import dimension_information
from aecore.sentence import Sentence, plural
from aecore.units.units import ACTIVE_VARIANCE


@dataclass(frozen=True)
class Posterior:
    """How a gaussian code is used.

    Parameters
    ----------
    kl
        float64 `(D,)`, nats, from 0: mean over samples of `KL(q(z_j | x) || N(0, 1))`. Neither
        end is good by itself: 0 is a dimension that says nothing.
    variance
        float64 `(D,)`, from 0: of the mean of each dimension over samples.
    """

    kl: np.ndarray
    variance: np.ndarray

    @property
    def is_active(self) -> np.ndarray:
        """`(D,)`: dimensions whose mean varies by more than 0.01 (Burda et al. 2016, sec. 5.1)."""
        return np.asarray(self.variance > ACTIVE_VARIANCE)

    @property
    def n_active(self) -> int:
        """Active units, 0 to D."""
        return int(self.is_active.sum())

    @property
    def verdict(self) -> str:
        """Whether the posterior has collapsed onto the prior, in words.

        Bowman et al. 2016, CoNLL, arXiv:1511.06349, describe the collapse; He et al. 2019,
        ICLR, arXiv:1901.05534, tell it by active units.
        """
        n, n_dims = self.n_active, len(self.kl)
        if n == 0:
            return Sentence(
                "Collapsed: no dimension carries information about the picture. Lower the weight "
                "of kl, raise it gradually (warm-up), or give each dimension some free nats."
            )
        if n < n_dims:
            return plural(
                "Partly collapsed: {n:,} of {n_dims:,} dimensions is inactive, {n_active:,} in "
                "use. The model keeps only what is worth its cost in nats; that may be all it "
                "needs.",
                "Partly collapsed: {n:,} of {n_dims:,} dimensions are inactive, {n_active:,} in "
                "use. The model keeps only what is worth its cost in nats; that may be all it "
                "needs.",
                n_dims - n,
                n_dims=n_dims,
                n_active=n,
            )
        return Sentence("No collapse: all {n_dims:,} dimensions are in use.", n_dims=n_dims)


def posterior(mu: np.ndarray, logvar: np.ndarray) -> Posterior:
    """Look at the means and log-variances, `(n, D)` each, of a gaussian code.

    Raises
    ------
    DataError
        If there is no code, or one is not finite.
    """
    amount = dimension_information(mu, logvar).amount
    return Posterior(amount, np.asarray(mu, np.float64).var(0))
