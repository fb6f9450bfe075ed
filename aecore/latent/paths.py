"""Ways through latent space: lines, great circles, grids and sums of codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from aecore.errors import DataError, SpecError

if TYPE_CHECKING:
    from aecore.runs import OpenRun

PathKind = Literal["linear", "spherical"]
N_STEPS_MAX = 256
_EDGE = 0.05
"""Share of the prior left out at each side of a manifold (Kingma & Welling's figure)."""
_ALMOST = 1e-6


def interpolate(
    a: np.ndarray, b: np.ndarray, n_steps: int = 16, kind: PathKind = "linear"
) -> np.ndarray:
    """Codes on the way from `a` to `b`; the first is `a` itself, the last `b`.

    "linear" is the straight line. "spherical" turns the direction at an even pace along the
    great circle (slerp: Shoemake 1985, SIGGRAPH; for codes: White 2016, arXiv:1609.04468) and
    lets the norm go evenly from one to the other, so that between codes of equal norm it is
    kept. A straight line between two draws of a gaussian in many dimensions passes through a
    middle of small norm, where hardly any code lies. Codes that point to opposite sides turn
    through a fixed direction that is perpendicular to both; where there is none (D = 1), or
    where a code is zero and points nowhere, the way is straight.

    Parameters
    ----------
    a, b
        `(D,)`.
    n_steps
        Codes on the way, both ends counted; at least 2.

    Returns
    -------
    numpy.ndarray
        float32 `(n_steps, D)`.

    Raises
    ------
    SpecError
        For fewer than 2 or more than 256 steps, or another kind.
    DataError
        If the codes are not two finite vectors of one length.

    Examples
    --------
    >>> interpolate(np.array([0.0, 2.0]), np.array([4.0, 0.0]), 3)[1].tolist()
    [2.0, 1.0]
    """
    if not 2 <= n_steps <= N_STEPS_MAX:
        raise SpecError(
            "A path cannot have {n_steps} steps.",
            "Ask for 2 to {n_steps_max}.",
            n_steps=n_steps,
            n_steps_max=N_STEPS_MAX,
        )
    if kind not in ("linear", "spherical"):
        raise SpecError(
            "There is no path {kind:.40}.", "Choose linear or spherical.", kind=repr(kind)
        )
    start, end = _checked(a, b)
    t = np.linspace(0.0, 1.0, n_steps)[:, None]
    straight = (1 - t) * start + t * end  # (n_steps, D)
    found = straight if kind == "linear" else _great_circle(start, end, t, straight)
    path: np.ndarray = found.astype(np.float32)
    path[0], path[-1] = start, end  # without the rounding of the sums
    return path


def _great_circle(
    start: np.ndarray, end: np.ndarray, t: np.ndarray, straight: np.ndarray
) -> np.ndarray:
    """The turn of direction with the norm going evenly, `(n_steps, D)`."""
    from_norm, to_norm = np.linalg.norm(start), np.linalg.norm(end)
    if from_norm < _ALMOST or to_norm < _ALMOST:
        return straight
    u, v = start / from_norm, end / to_norm
    norm = (1 - t) * from_norm + t * to_norm  # (n_steps, 1)
    # This keeps its precision near 0 and near pi, where the arc cosine loses it.
    angle = 2.0 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if angle < _ALMOST:  # parallel: no turn
        return np.asarray(norm * u)
    if np.pi - angle < _ALMOST:  # opposite: any great circle is as short
        if len(u) == 1:
            return straight
        aside = np.zeros_like(u)
        aside[np.argmin(np.abs(u))] = 1.0
    else:
        aside = v
    aside = aside - (aside @ u) * u
    aside /= np.linalg.norm(aside)
    return np.asarray(norm * (np.cos(t * angle) * u + np.sin(t * angle) * aside))


def corners(codes: Sequence[np.ndarray] | np.ndarray, n_side: int = 8) -> np.ndarray:
    """A square of codes between four: bilinear, the given codes exactly at its corners.

    Parameters
    ----------
    codes
        Four codes `(D,)`: top left, top right, bottom left, bottom right.
    n_side
        Codes along each side.

    Returns
    -------
    numpy.ndarray
        float32 `(n_side, n_side, D)`, first axis downwards.

    Raises
    ------
    SpecError, DataError
        See `interpolate`; and unless there are four.
    """
    if len(codes) != 4:
        raise DataError(
            "A square has four corners, not {n_codes}.", "Name four codes.", n_codes=len(codes)
        )
    left = interpolate(codes[0], codes[2], n_side)
    right = interpolate(codes[1], codes[3], n_side)
    return np.stack([interpolate(a, b, n_side) for a, b in zip(left, right, strict=True)])


def manifold(n_side: int = 20, codes: np.ndarray | None = None) -> np.ndarray:
    """A square of codes that covers a plane of two dimensions, to be decoded as one picture.

    For a gaussian code (`codes` None) it stands at evenly spaced quantiles of the standard
    normal prior, so that each picture stands for the same share of it (Kingma & Welling 2014,
    ICLR, arXiv:1312.6114, figure 4). A plain code has no prior: give the codes of the data,
    and it covers their range from the 2nd to the 98th percentile, evenly.

    Parameters
    ----------
    n_side
        Codes along each side; an odd number has the prior's middle in the middle.
    codes
        `(n, 2)`, for a plain code.

    Returns
    -------
    numpy.ndarray
        float32 `(n_side, n_side, 2)`: first axis downwards (the second number falls), second
        axis to the right (the first number grows), as on a map.

    Raises
    ------
    SpecError
        For fewer than 2 or more than 256 codes a side.
    DataError
        If the codes have not two finite dimensions.
    """
    if not 2 <= n_side <= N_STEPS_MAX:
        raise SpecError(
            "A plane cannot have {n_side} pictures per side.",
            "Ask for 2 to {n_steps_max}.",
            n_side=n_side,
            n_steps_max=N_STEPS_MAX,
        )
    if codes is None:
        from scipy.special import ndtri

        x = y = ndtri(np.linspace(_EDGE, 1 - _EDGE, n_side))
    else:
        found = np.asarray(codes, np.float64)
        if found.ndim != 2 or found.shape[1] != 2 or not len(found) or not np.isfinite(found).all():
            raise DataError(
                "Codes of shape {shape} do not span a plane.",
                "Give finite codes of shape (n, 2).",
                shape=found.shape,
            )
        low, high = np.quantile(found, [0.02, 0.98], axis=0)
        x, y = (np.linspace(low[i], high[i], n_side) for i in (0, 1))
    return np.stack(np.meshgrid(x, y[::-1]), axis=-1).astype(np.float32)


def arithmetic(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """`a - b + c`: what makes `a` differ from `b`, put onto `c`.

    Known from words (Mikolov et al. 2013, NAACL) and from faces (Radford, Metz & Chintala 2016,
    ICLR, arXiv:1511.06434, who take the mean of several codes for each, which is steadier).

    Parameters
    ----------
    a, b, c
        `(D,)`.

    Returns
    -------
    numpy.ndarray
        float32 `(D,)`.

    Raises
    ------
    DataError
        See `interpolate`.
    """
    first, second = _checked(a, b)
    _, third = _checked(a, c)
    found: np.ndarray = (first - second + third).astype(np.float32)
    return found


def _checked(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    start, end = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if start.ndim != 1 or start.shape != end.shape or not start.size:
        raise DataError(
            "Codes of shapes {first} and {second} do not fit each other.",
            "Give two codes of one model, each of shape (D,).",
            first=start.shape,
            second=end.shape,
        )
    if not (np.isfinite(start).all() and np.isfinite(end).all()):
        raise DataError("A code contains values that are not finite.", "Train the model again.")
    return start, end


@dataclass(frozen=True)
class Walk:
    """A way through latent space, and what it looks like.

    Parameters
    ----------
    codes
        float32 `(n_steps, D)`.
    pictures
        What the decoder makes of them: uint8 `(n_steps, C, H, W)`, or rows `(n_steps, F)`.
    """

    codes: np.ndarray
    pictures: np.ndarray


def walk(
    run: OpenRun,
    a: np.ndarray,
    b: np.ndarray,
    n_steps: int = 16,
    kind: PathKind = "linear",
) -> Walk:
    """From one sample to another through a run's latent space.

    Parameters
    ----------
    a, b
        Samples as the run reads them, of `run.shape`.

    Raises
    ------
    SpecError, DataError
        See `interpolate` and `OpenRun.encode`.

    Examples
    --------
    >>> import aecore, tempfile
    >>> store = aecore.Store(tempfile.mkdtemp())
    >>> run = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    >>> digits = aecore.load("digits", store=store)
    >>> walk(run, digits.x[0], digits.x[1], 5).pictures.shape
    (5, 1, 8, 8)
    """
    start, end = run.encode(np.stack([a, b]))
    codes = interpolate(start, end, n_steps, kind)
    return Walk(codes, run.decode(codes))
