"""Whether a difference between two runs is real, or could be the choice of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.errors import TooFewSamplesError

LEVEL = 0.99
N_DRAWS = 2000


@dataclass(frozen=True)
class Interval:
    """A mean and where it may lie.

    Parameters
    ----------
    mean
        Of the scores.
    low, high
        Bounds of the confidence interval at `LEVEL`.
    n
        Samples it rests on.
    """

    mean: float
    low: float
    high: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """For a difference: whether it is real, at this level."""
        return self.low > 0 or self.high < 0


def interval(scores: np.ndarray, *, seed: int = 0, level: float = LEVEL) -> Interval:
    """Bootstrap percentile interval of a mean.

    Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13: the samples are
    drawn again, with replacement, 2,000 times; 99 % of the means lie within.

    Parameters
    ----------
    scores
        `(n,)`, one a sample; NaN are left out.
    level
        Share of the means that lie within.

    Raises
    ------
    TooFewSamplesError
        Under two scores.
    """
    kept = np.asarray(scores, np.float64)
    kept = kept[np.isfinite(kept)]
    n = len(kept)
    if n < 2:
        raise TooFewSamplesError(
            "One score has no interval.", "Compare runs on two pictures or more."
        )
    generator = np.random.default_rng(seed)
    means = np.empty(N_DRAWS)
    for start in range(0, N_DRAWS, 100):  # 100 draws at a time bound the memory
        means[start : start + 100] = kept[generator.integers(0, n, (100, n))].mean(1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(kept.mean()), float(low), float(high), n)


def difference(
    ours: np.ndarray, theirs: np.ndarray, *, seed: int = 0, level: float = LEVEL
) -> Interval:
    """Interval of the mean difference of scores on the same samples; see `interval`.

    Pairing takes out what is common: a hard picture is hard for both.

    Parameters
    ----------
    ours, theirs
        `(n,)`, in the same order of samples.

    Raises
    ------
    TooFewSamplesError
    ValueError
        If they are not of the same samples.
    """
    if np.shape(ours) != np.shape(theirs):
        raise ValueError("scores of the same samples, in the same order, are compared")
    apart = np.asarray(ours, np.float64) - np.asarray(theirs, np.float64)
    return interval(apart, seed=seed, level=level)
