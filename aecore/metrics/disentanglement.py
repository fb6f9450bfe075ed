"""Does each dimension of a code stand for one factor? On samples whose making is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aecore.errors import TooFewSamplesError

N_BINS = 20


def mutual_information_gap(codes: np.ndarray, factors: Mapping[str, np.ndarray]) -> float:
    """MIG: how much more one dimension knows of a factor than the next; 0 to 1, more is better.

    Chen, Li, Grosse & Duvenaud 2018, NeurIPS, arXiv:1802.04942: mean over factors of
    `(I_1 - I_2) / H`, with each dimension of the code and each factor cut into at most 20
    bins of equal width (as disentanglement_lib does, Locatello et al. 2019, arXiv:1811.12359).

    Parameters
    ----------
    codes
        `(n, D)`, D at least 2.
    factors
        `(n,)` each; factors that do not vary are left out.

    Raises
    ------
    TooFewSamplesError
        If nothing varies, or the code has one dimension.
    """
    from sklearn.metrics import mutual_info_score

    varying = {name: values for name, values in factors.items() if len(np.unique(values)) > 1}
    if not varying or codes.shape[1] < 2:
        raise TooFewSamplesError(
            "A gap needs factors that vary and two dimensions or more.",
            "Choose sprites, and a code of more dimensions.",
        )
    binned = [_binned(column) for column in codes.T]
    gaps = []
    for values in varying.values():
        factor = _binned(values)
        known = np.sort([mutual_info_score(factor, column) for column in binned])
        gaps.append((known[-1] - known[-2]) / mutual_info_score(factor, factor))
    return float(np.mean(gaps))


def factor_vae_score(
    codes: np.ndarray,
    factors: Mapping[str, np.ndarray],
    *,
    n_votes: int = 800,
    batch: int = 64,
    seed: int = 0,
) -> float:
    """Can the fixed factor be told from the dimension that varies least? 1/K to 1, more is better.

    Kim & Mnih 2018, "Disentangling by Factorising", ICML, arXiv:1802.05983: samples that
    share the value of one factor are drawn, the dimension of least variance (over its
    variance in the whole set) votes; the score is the accuracy of the majority vote on as
    many held-out draws. Dimensions that never vary have no vote.

    Parameters
    ----------
    codes
        `(n, D)`.
    factors
        `(n,)` each, continuous ones cut into at most 20 bins.
    """
    varying = [_binned(values) for values in factors.values() if len(np.unique(values)) > 1]
    spread = codes.std(0)
    alive = np.flatnonzero(spread > 0.05 * spread.max(initial=0.0))
    if not varying or not len(alive):
        raise TooFewSamplesError(
            "The score needs factors and dimensions that vary.", "Choose sprites, another run."
        )
    scaled = codes[:, alive] / spread[alive]
    generator = np.random.default_rng(seed)
    votes = np.zeros((len(alive), len(varying)), int)
    tests = np.zeros_like(votes)
    for table in (votes, tests):
        for _ in range(n_votes):
            k = int(generator.integers(len(varying)))
            value = varying[k][generator.integers(len(codes))]
            sharing = np.flatnonzero(varying[k] == value)
            rows = generator.choice(sharing, batch)
            table[scaled[rows].var(0).argmin(), k] += 1
    return float(tests[np.arange(len(alive)), votes.argmax(1)].sum() / tests.sum())


def _binned(values: np.ndarray) -> np.ndarray:
    """At most 20 whole numbers."""
    different = np.unique(values)
    if len(different) <= N_BINS:
        return np.asarray(np.searchsorted(different, values))
    edges = np.linspace(values.min(), values.max(), N_BINS + 1)[1:-1]
    return np.asarray(np.digitize(values, edges))
