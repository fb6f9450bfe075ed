"""How well a score tells anomalies from normal samples, and where to draw the line.

Everywhere a higher score is odder, and an alarm is a score above the threshold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from aecore.errors import DataError, SpecError, TooFewSamplesError
from aecore.metrics.compare import Interval
from aecore.metrics.telling_apart import interval_of

LEVEL = 0.95
"""Of the bounds that realised false alarms are held against."""


@dataclass(frozen=True)
class Threshold:
    """A line set by normal samples that were held out.

    Parameters
    ----------
    value
        Scores above it are alarms.
    rate
        Share of normal samples that may raise an alarm, in (0, 1).
    n_held_out
        Normal samples it was set by.
    """

    value: float
    rate: float
    n_held_out: int

    @property
    def smallest_rate(self) -> float:
        """No smaller share of false alarms can be promised by so many samples."""
        return 1 / (self.n_held_out + 1)

    def expected(self, n: int) -> tuple[int, int]:
        """Lowest and highest number of false alarms among `n` fresh normal samples, at `LEVEL`.

        The realised rate varies with the held-out samples and with the fresh ones: it is
        beta-binomial (Vovk 2012, "Conditional validity of inductive conformal predictors", ACML,
        arXiv:1209.2673), which lies around the binomial interval of the rate.
        """
        from scipy.stats import betabinom

        n_above = max(1, math.floor(self.rate * (self.n_held_out + 1) + 1e-9))
        low, high = betabinom(n, n_above, self.n_held_out + 1 - n_above).interval(LEVEL)
        return int(low), int(high)


@dataclass(frozen=True)
class Verdicts:
    """What a threshold makes of samples whose kind is known.

    Parameters
    ----------
    n_caught, n_missed
        Anomalies above the threshold, and not.
    n_false, n_quiet
        Normal samples above the threshold, and not.
    """

    n_caught: int
    n_missed: int
    n_false: int
    n_quiet: int

    @property
    def precision(self) -> float:
        """Share of alarms that are right, 0 to 1, high is good; NaN without an alarm.

        It depends on how many of the samples are anomalies.
        """
        n_alarms = self.n_caught + self.n_false
        return self.n_caught / n_alarms if n_alarms else math.nan

    @property
    def recall(self) -> float:
        """Share of anomalies that are caught, 0 to 1, high is good; NaN without an anomaly."""
        n_anomalies = self.n_caught + self.n_missed
        return self.n_caught / n_anomalies if n_anomalies else math.nan

    @property
    def false_alarm_rate(self) -> float:
        """Share of normal samples that raise an alarm, low is good; NaN without any."""
        n_normal = self.n_false + self.n_quiet
        return self.n_false / n_normal if n_normal else math.nan

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 1, high is good."""
        return 2 * self.n_caught / max(1, 2 * self.n_caught + self.n_false + self.n_missed)

    def cost(self, *, of_miss: float, of_false_alarm: float, share: float) -> float:
        """Mean cost of a sample where `share` of them, in [0, 1], are anomalies; low is good."""
        return share * (1 - self.recall) * of_miss + (
            (1 - share) * self.false_alarm_rate * of_false_alarm
        )


@dataclass(frozen=True)
class Cut:
    """The best threshold in hindsight, and what it reaches."""

    threshold: float
    value: float


def auroc(normal: np.ndarray, anomalous: np.ndarray) -> Interval:
    """Probability that an anomaly scores higher than a normal sample, a tie being one half.

    Area under the ROC curve, 0 to 1: 0.5 is chance, 1 is best. Its interval is that of
    `telling_apart.interval_of` (Newcombe 2006).

    Parameters
    ----------
    normal, anomalous
        `(n,)` and `(m,)`, finite scores.

    Raises
    ------
    TooFewSamplesError
        If one of them is empty.
    DataError
        If a score is not finite.

    Examples
    --------
    >>> auroc(np.array([0.0, 1.0]), np.array([1.0, 2.0])).mean
    0.875
    """
    from scipy.stats import rankdata

    normal, anomalous = _checked(normal, "normal"), _checked(anomalous, "anomalous")
    n, m = len(normal), len(anomalous)
    ranks = rankdata(np.concatenate([normal, anomalous]))
    area = (ranks[n:].sum() - m * (m + 1) / 2) / (n * m)
    return interval_of(float(area), n, m)


def conformal_threshold(held_out: np.ndarray, rate: float) -> Threshold:
    """The line that a fresh normal sample crosses with a chance of `rate` at the most.

    The `ceil((n + 1) (1 - rate))`-th smallest of n held-out scores (split conformal: Vovk,
    Gammerman & Shafer 2005, Algorithmic Learning in a Random World; for anomalies Bates et al.
    2023, Annals of Statistics 51, doi:10.1214/22-AOS2244). It asks nothing of how scores are
    spread, only that held-out and fresh samples are drawn alike.

    Raises
    ------
    SpecError
        If the rate is not between 0 and 1.
    TooFewSamplesError
        If so few samples cannot promise so small a rate.
    DataError
        If a score is not finite.

    Examples
    --------
    >>> conformal_threshold(np.arange(99.0), 0.1).value
    89.0
    """
    if not 0 < rate < 1:
        raise SpecError(
            "{rate:.4g} false alarms per thousand are no rate.",
            "Choose more than 0 and fewer than 1,000.",
            rate=1000 * rate,
        )
    scores = np.sort(_checked(held_out, "held-out"))
    n = len(scores)
    place = math.ceil((n + 1) * (1 - rate) - 1e-9)
    if place > n:
        raise TooFewSamplesError(
            "{n:,} held-out normal samples cannot promise {rate:.3g} false alarms per "
            "thousand; the fewest they can is {least:.3g}.",
            "Allow {least:.3g} or more, or hold out {n_needed:,} normal samples.",
            n=n,
            rate=1000 * rate,
            least=1000 / (n + 1),
            n_needed=math.ceil(1 / rate) - 1,
        )
    return Threshold(float(scores[place - 1]), rate, n)


def p_values(held_out: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """How often a normal sample looks at least as odd; `(m,)`, from 1/(n + 1) to 1, low is odd.

    `(1 + #{held out >= s}) / (n + 1)`: the conformal p-value (Bates et al. 2023, see
    `conformal_threshold`).

    Examples
    --------
    >>> p_values(np.arange(9.0), np.array([8.5, 4.0])).tolist()
    [0.1, 0.6]
    """
    known = np.sort(_checked(held_out, "held-out"))
    asked = _checked(scores, "scored")
    n_as_odd = len(known) - np.searchsorted(known, asked, side="left")
    return np.asarray((1 + n_as_odd) / (len(known) + 1))


def verdicts(normal: np.ndarray, anomalous: np.ndarray, threshold: float) -> Verdicts:
    """Count what a threshold makes of normal and anomalous scores, either of which may be empty."""
    n_false = int(np.count_nonzero(normal > threshold))
    n_caught = int(np.count_nonzero(anomalous > threshold))
    return Verdicts(n_caught, len(anomalous) - n_caught, n_false, len(normal) - n_false)


def best_f1(normal: np.ndarray, anomalous: np.ndarray) -> Cut:
    """The highest F1 of any threshold: seen in hindsight, so no threshold set before reaches it."""
    places, caught, false = _cuts(normal, anomalous)
    f1 = 2 * caught / (caught + false + len(anomalous))
    best = int(np.argmax(f1))
    return Cut(float(places[best]), float(f1[best]))


def least_cost(
    normal: np.ndarray,
    anomalous: np.ndarray,
    *,
    of_miss: float,
    of_false_alarm: float,
    share: float,
) -> Cut:
    """The threshold of the lowest mean cost a sample, in hindsight; see `Verdicts.cost`."""
    places, caught, false = _cuts(normal, anomalous)
    missed = 1 - caught / len(anomalous)
    cost = share * missed * of_miss + (1 - share) * false / len(normal) * of_false_alarm
    best = int(np.argmin(cost))
    return Cut(float(places[best]), float(cost[best]))


def _cuts(normal: np.ndarray, anomalous: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each threshold that matters, with anomalies caught and false alarms above it."""
    normal, anomalous = _checked(normal, "normal"), _checked(anomalous, "anomalous")
    every = np.unique(np.concatenate([normal, anomalous]))
    places = np.concatenate([[np.nextafter(every[0], -np.inf)], every])
    above = [len(s) - np.searchsorted(np.sort(s), places, "right") for s in (anomalous, normal)]
    return places, above[0], above[1]


def _checked(scores: np.ndarray, kind: str) -> np.ndarray:
    found = np.asarray(scores, np.float64)
    if not len(found):
        raise TooFewSamplesError(
            "There is no {kind} sample.",
            "Normal and anomalous ones are both needed to judge.",
            kind=kind,
        )
    if not np.isfinite(found).all():
        raise DataError(
            "{n_bad:,} of {n:,} {kind} scores are no finite numbers.",
            "Train the model again with a smaller learning rate, or take another score.",
            n_bad=np.count_nonzero(~np.isfinite(found)),
            n=len(found),
            kind=kind,
        )
    return found
