"""Values on the scale of their ranks: normal scores at knots, straight lines between them."""

from __future__ import annotations

import numpy as np


def normal_scores(knots: np.ndarray, known: np.ndarray) -> tuple[float, ...]:
    """Normal quantiles of the ranks that knots have among known values."""
    from scipy.stats import norm

    ordered = np.sort(known)
    below = np.searchsorted(ordered, knots, "left") + np.searchsorted(ordered, knots, "right")
    scores: list[float] = norm.ppf((below / 2) / len(known)).tolist()
    return tuple(scores)


def interpolate(values: np.ndarray, knots: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """From knots to scores, straight between them, and on with the mean slope beyond the ends."""
    slope = (scores[-1] - scores[0]) / (knots[-1] - knots[0])
    inside = np.clip(values, knots[0], knots[-1])
    found: np.ndarray = np.interp(inside, knots, scores) + (values - inside) * slope
    return found
