"""The index of structural similarity itself: one definition for the loss and for the score.

Wang, Bovik, Sheikh & Simoncelli 2004, IEEE Transactions on Image Processing 13: a Gaussian window
of 11 pixels and 1.5 deviation, K1 = 0.01, K2 = 0.03, for values in [0, 1]; beyond its border a
picture is mirrored, and places within `border` of it are left out. What smooths is the caller's:
numpy and torch have functions of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RADIUS_PX = 5
SIGMA_PX = 1.5
_C1, _C2 = 0.01**2, 0.03**2


def border(height: int, width: int) -> int:
    """Pixels left out at each side: where the window sticks out; in small pictures fewer.

    Examples
    --------
    >>> border(28, 28), border(8, 8), border(1, 9)
    (5, 3, 0)
    """
    return min(RADIUS_PX, (min(height, width) - 1) // 2)


def similarity(a: Any, b: Any, local_mean: Callable[[Any], Any]) -> Any:
    """The index at each place, from -1 to 1 (identical), of arrays or tensors `(n, C, H, W)`.

    Parameters
    ----------
    local_mean
        Means under the window, with or without the border.
    """
    mean_a, mean_b = local_mean(a), local_mean(b)
    var_a = local_mean(a * a) - mean_a**2
    var_b = local_mean(b * b) - mean_b**2
    covariance = local_mean(a * b) - mean_a * mean_b
    return ((2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)) / (
        (mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2)
    )
