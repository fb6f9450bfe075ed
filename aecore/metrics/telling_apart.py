"""Whether two groups of codes are told apart by the line between their means: held out, by chance.

The line between two means is what `aecore.latent.direction` moves pictures along, so that the
score is one of that very direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.errors import DataError, TooFewSamplesError
from aecore.metrics.compare import LEVEL, Interval

N_LEAST = 5
"""Codes of a group at the least: fewer prove nothing."""
N_LOOKED_AT = 1000
"""Codes of a group at the most; of larger ones so many are drawn."""
N_SHUFFLED = 200
"""Of these, codes of a group that are dealt anew at the most."""
N_SHUFFLES = 499
"""How often the codes are dealt to two groups anew, by chance."""
P_LARGEST = 0.01
"""Groups told apart as well by more than this share of random groupings are no concept."""


@dataclass(frozen=True)
class Separability:
    """How well two groups are told apart by the line between their means.

    Parameters
    ----------
    auc
        Probability that a code of the first group lies further along the line than one of the
        second, where neither was asked for the line: 0.5 is chance, 1 is always; with its
        interval at `aecore.metrics.compare.LEVEL`.
    chance
        Share of random groupings of the same codes, of the same sizes, that do as well; from
        1 / (1 + `N_SHUFFLES`) to 1, low is good.
    n_first, n_second
        Codes that were looked at; a large group is drawn from.
    """

    auc: Interval
    chance: float
    n_first: int
    n_second: int

    @property
    def n_as_good(self) -> int:
        """Of `N_SHUFFLES` random groupings, those that do as well."""
        return round(self.chance * (1 + N_SHUFFLES)) - 1

    @property
    def is_there(self) -> bool:
        """Whether there is anything that random groups have not."""
        return self.chance <= P_LARGEST


def separability(first: np.ndarray, second: np.ndarray, *, seed: int = 0) -> Separability:
    """Look at two groups of codes, `(n_first, D)` and `(n_second, D)`.

    Each pair of one code of either group is held out, the line laid through the means of the
    others, and the pair ordered along it: the share of pairs in the right order is the area
    under the ROC curve (leave-pair-out: Airola et al. 2011, Computational Statistics & Data
    Analysis 55: 1828-1844, doi:10.1016/j.csda.2010.11.018). That is done again for random
    groupings of the same codes, which says how well chance does (a permutation test: Ojala &
    Garriga 2010, JMLR 11: 1833-1863). Testing concepts against random ones is due to Kim et al.
    (2018, "Interpretability Beyond Feature Attribution", ICML, arXiv:1711.11279).

    Raises
    ------
    TooFewSamplesError
        For groups of fewer than `N_LEAST`.
    DataError
        If these are no two groups of finite codes.
    """
    _check(first, second)
    random = np.random.default_rng(seed)
    first, second = (random.permutation(z)[:N_LOOKED_AT] for z in (first, second))
    n_first, n_second = len(first), len(second)
    z = np.concatenate([first, second]).astype(np.float64)
    z -= z.mean(0)
    inner = (z @ z.T).astype(np.float32)  # (n, n): all that a line between means asks of codes
    auc = held_out_auc(inner, np.arange(len(z)), n_first)
    return Separability(
        auc=interval_of(auc, n_first, n_second),
        chance=_chance(inner, n_first, random),
        n_first=n_first,
        n_second=n_second,
    )


def _chance(inner: np.ndarray, n_first: int, random: np.random.Generator) -> float:
    """Share of groupings that order held-out pairs as well, the one that was found among them."""
    few = min(n_first, N_SHUFFLED)
    dealt = np.r_[:few, n_first : min(len(inner), n_first + N_SHUFFLED)]
    inner = np.ascontiguousarray(inner[np.ix_(dealt, dealt)])
    found = held_out_auc(inner, np.arange(len(inner)), few)
    shuffled = (random.permutation(len(inner)) for _ in range(N_SHUFFLES))
    n_as_good = sum(held_out_auc(inner, order, few) >= found - 1e-9 for order in shuffled)
    return (1 + n_as_good) / (1 + N_SHUFFLES)


def held_out_auc(inner: np.ndarray, order: np.ndarray, n_first: int) -> float:
    """Share of pairs that the others' line between means orders right; a tie is a half.

    For a pair `i`, `j` it asks for the sign of `(x_i - x_j) . (m_first - m_second)`, the means
    without the pair; written out, that takes one inner product a pair, and sums.

    Parameters
    ----------
    inner
        `(n, n)`, inner products of the codes.
    order
        int `(n,)`, which codes are grouped: those of the first group, then those of the second.
    n_first
        Size of the first group; both have two members at the least.
    """
    one, other = order[:n_first], order[n_first:]
    p, q = 1 / (len(one) - 1), 1 / (len(other) - 1)
    own = np.diagonal(inner)
    is_first = np.zeros(len(order), inner.dtype)
    is_first[one] = 1
    with_first, with_second = inner @ is_first, inner @ (1 - is_first)  # (n,) each
    rows = p * (with_first - own) - q * with_second
    columns = q * (with_second - own) - p * with_first
    apart = inner[np.ix_(one, other)]  # (n_first, n_second)
    apart *= p + q
    apart += rows[one, None]
    apart += columns[other]
    n_right = np.count_nonzero(apart > 0) + np.count_nonzero(apart >= 0)
    return float(n_right / (2 * apart.size))


def interval_of(auc: float, n_first: int, n_second: int) -> Interval:
    """Where the area under the curve may lie, at `LEVEL`, by the sizes of the groups.

    Newcombe (2006, Statistics in Medicine 25: 559-573, doi:10.1002/sim.2324, method 5): the
    values that are no farther from what was found than their own standard error by Hanley &
    McNeil (1982, doi:10.1148/radiology.143.1.7063747) allows; so it has a width at 1 too.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtri

    z = float(ndtri((1 + LEVEL) / 2))
    mean_n = (n_first + n_second) / 2

    def beyond(true: float) -> float:
        """Above 0 where what was found lies out of reach of a true value."""
        grown = (mean_n - 1) * ((1 - true) / (2 - true) + true / (1 + true))
        variance = true * (1 - true) * (1 + grown) / (n_first * n_second)
        return float((true - auc) ** 2 - z * z * variance)

    low = 0.0 if auc <= 0 else float(brentq(beyond, 0.0, auc - 1e-9))  # 1 itself is a root too
    high = 1.0 if auc >= 1 else float(brentq(beyond, auc + 1e-9, 1.0))
    return Interval(auc, low, high, n_first + n_second)


def _check(first: np.ndarray, second: np.ndarray) -> None:
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise DataError(
            "Codes of shapes {first} and {second} are not two groups of one model.",
            "Give two groups of codes, each of shape (n, D).",
            first=first.shape,
            second=second.shape,
        )
    if min(len(first), len(second)) < N_LEAST:
        raise TooFewSamplesError(
            "Groups of {n_first} and {n_second} are too small for a direction.",
            "Use {n_least} or more for each.",
            n_first=len(first),
            n_second=len(second),
            n_least=N_LEAST,
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise DataError("A code contains values that are not finite.", "Train the model again.")
