"""One latent dimension at a time: how much it carries, what moving it does, what its loss costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aecore.errors import DataError
from aecore.metrics.pictures import mse

N_HELD = 200
"""Samples that the loss of a held dimension is measured on at the most."""
_REACH = 3.0
"""A gaussian code is swept over so many deviations of the prior to each side."""


@dataclass(frozen=True)
class DimensionInformation:
    """How much each latent dimension carries.

    Parameters
    ----------
    amount
        float64 `(D,)`; more is more.
    unit
        "nats" (mean KL divergence from the prior, of a gaussian code) or "variance".
    """

    amount: np.ndarray
    unit: Literal["nats", "variance"]

    @property
    def order(self) -> np.ndarray:
        """Dimensions, the one that carries the most first; `(D,)`."""
        return np.argsort(-self.amount, kind="stable")

    @property
    def share(self) -> np.ndarray:
        """Of the whole, `(D,)`, in [0, 1]."""
        share: np.ndarray = self.amount / max(float(self.amount.sum()), 1e-12)
        return share


def dimension_information(z: np.ndarray, logvar: np.ndarray | None = None) -> DimensionInformation:
    """How much each dimension of a code carries.

    For a gaussian code the mean over samples of `KL(N(mu, var) || N(0, 1)) =
    0.5 (mu^2 + var - 1 - log var)`, in nats: 0 where the dimension says nothing (Kingma & Welling
    2014, appendix B). A plain code knows no prior: the variance over samples.

    Parameters
    ----------
    z
        `(n, D)`: codes, for a gaussian code their means.
    logvar
        `(n, D)`, log-variances of a gaussian code; None for a plain one.

    Raises
    ------
    DataError
        If there is no code, or one is not finite.

    Examples
    --------
    >>> dimension_information(np.zeros((4, 2)), np.zeros((4, 2))).amount.tolist()
    [0.0, 0.0]
    """
    mean = np.asarray(z, np.float64)
    if mean.ndim != 2 or not len(mean) or not np.isfinite(mean).all():
        raise DataError(
            "Codes of shape {shape} cannot be analysed.",
            "Give finite codes (n, D).",
            shape=mean.shape,
        )
    if logvar is None:
        return DimensionInformation(mean.var(0), "variance")
    log_variance = np.asarray(logvar, np.float64)
    kl = 0.5 * (mean**2 + np.exp(log_variance) - 1.0 - log_variance)  # (n, D)
    return DimensionInformation(kl.mean(0), "nats")


def sweep(z: np.ndarray, dim: int, values: np.ndarray | Sequence[float]) -> np.ndarray:
    """One code again and again, with one of its numbers set to each value.

    Parameters
    ----------
    z
        `(D,)`.
    dim
        Which number, from 0.
    values
        `(n,)`.

    Returns
    -------
    numpy.ndarray
        float32 `(n, D)`.

    Raises
    ------
    DataError
        If the code has no such dimension.
    """
    code = np.asarray(z, np.float32)
    if code.ndim != 1 or not 0 <= dim < len(code):
        raise DataError(
            "A code of shape {shape} has no dimension {dim}.",
            "They count from 0.",
            shape=code.shape,
            dim=dim,
        )
    codes = np.repeat(code[None], len(values), axis=0)  # (n, D)
    codes[:, dim] = values
    return codes


def sweep_values(own: float, n_values: int = 11, codes: np.ndarray | None = None) -> np.ndarray:
    """Values to sweep one dimension over, with the sample's own in the middle.

    From 3 deviations of the prior below 0 to 3 above for a gaussian code; for a plain code from
    the 1st to the 99th percentile of the data. The steps are even on each side of the own value;
    where that lies outside, the range reaches to it.

    Parameters
    ----------
    own
        The value the sample has.
    n_values
        How many; an even number is taken one higher, so that there is a middle.
    codes
        `(n,)`, that number of the data's codes, for a plain code; None for a gaussian one.

    Returns
    -------
    numpy.ndarray
        float32 `(n_values,)`, rising; the middle one is `own`.
    """
    low, high = (-_REACH, _REACH)
    if codes is not None:
        low, high = (float(edge) for edge in np.quantile(codes, [0.01, 0.99]))
    n_side = max(1, n_values // 2) + 1
    below = np.linspace(min(low, own), own, n_side)
    above = np.linspace(own, max(high, own), n_side)
    values: np.ndarray = np.concatenate([below, above[1:]]).astype(np.float32)
    return values


@dataclass(frozen=True)
class Ablation:
    """What the reconstruction loses when single dimensions say nothing.

    Parameters
    ----------
    mse
        Mean squared error with the whole code; of values in [0, 1] for pictures.
    mse_held
        `(len(dims),)`, the same with one dimension held at its mean.
    """

    mse: float
    mse_held: np.ndarray

    @property
    def increase(self) -> np.ndarray:
        """By how much the error grows, `(len(dims),)`; 0 where the dimension is of no use."""
        increase: np.ndarray = self.mse_held - self.mse
        return increase

    @property
    def increase_percent(self) -> np.ndarray:
        """The same in per cent of the error with the whole code."""
        percent: np.ndarray = 100.0 * self.increase / max(self.mse, 1e-12)
        return percent


def ablate(
    decode: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    z: np.ndarray,
    mean: np.ndarray,
    dims: Sequence[int] | np.ndarray,
) -> Ablation:
    """How much worse samples are rebuilt when one number of their codes is held at its mean.

    Parameters
    ----------
    decode
        Codes `(n, D)` to samples `(n, *shape)`; `OpenRun.decode`.
    x
        Samples `(n, *shape)`, as they are.
    z
        Their codes `(n, D)`.
    mean
        Mean code of the data, `(D,)`.
    dims
        Which dimensions; each costs a pass of the decoder over all samples.
    """
    held = []
    for dim in dims:
        without = np.array(z, np.float32)
        without[:, dim] = mean[dim]
        held.append(float(mse(x, decode(without)).mean()))
    return Ablation(float(mse(x, decode(np.asarray(z, np.float32))).mean()), np.array(held))
