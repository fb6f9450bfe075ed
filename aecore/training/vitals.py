"""Measures how a code is used while a model is validated; what it means, the doctor says."""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import entr
from torch import Tensor

from aecore.models.autoencoder import Output
from aecore.models.codes import Code
from aecore.objectives.kl import kl_by_dimension
from aecore.training.doctor import CodeStats

_ACTIVE_VARIANCE = 0.01
_STILL = 1e-3
"""A unit whose answers all lie within this share of the largest answer of the code is still."""


class _Moments:
    """Mean and variance of features over batches, on their device.

    Each batch is centred before it is squared (Chan, Golub & LeVeque 1983, The American
    Statistician 37), so that float32 serves: not every device has float64.
    """

    def __init__(self) -> None:
        self._n = 0
        self._mean = self._squares = torch.zeros(())

    def add(self, values: Tensor) -> None:
        """Add a batch `(B, F)`."""
        n, mean = len(values), values.mean(0)
        squares = (values - mean).square().sum(0)
        if self._n:
            apart, whole = mean - self._mean, self._n + n
            mean = self._mean + apart * (n / whole)
            squares = self._squares + squares + apart.square() * (self._n * n / whole)
        self._n, self._mean, self._squares = self._n + n, mean, squares

    @property
    def variance(self) -> Tensor:
        """Over all that was added, `(F,)`."""
        return self._squares / self._n


class CodeMonitor:
    """Sums over the batches of one validation, kept on the device until they are asked for.

    Parameters
    ----------
    codebook_size
        Of a quantized code; 0 for others.
    """

    def __init__(self, codebook_size: int = 0) -> None:
        self._size = codebook_size
        self._n = 0
        self._sums: dict[str, Tensor] = {}
        self._x, self._z = _Moments(), _Moments()
        self._least: Tensor | None = None
        self._most: Tensor | None = None

    def update(self, output: Output, x: Tensor) -> None:
        """Add a batch: what the model made of it, and the clean samples `(B, *shape)`."""
        self._n += len(x)
        flat = x.flatten(1).float()
        self._add("error", (output.x_hat.flatten(1).float() - flat).square().mean(1).sum())
        self._x.add(flat)
        self._feel_code(output.code)

    def _feel_code(self, code: Code) -> None:
        if code.entries is not None:
            chosen = code.entries.flatten()
            self._add("counts", torch.bincount(chosen, minlength=self._size))
            return
        point = code.point.float()
        self._z.add(point)
        if code.mu is not None and code.logvar is not None:
            self._add("kl", kl_by_dimension(code.mu, code.logvar).sum())
            return
        least, most = point.amin(0), point.amax(0)
        self._least = least if self._least is None else torch.minimum(self._least, least)
        self._most = most if self._most is None else torch.maximum(self._most, most)

    def _add(self, name: str, value: Tensor) -> None:
        self._sums[name] = self._sums[name] + value if name in self._sums else value

    def vitals(self) -> CodeStats | None:
        """What was measured; None without a batch."""
        if not self._n:
            return None
        sums, n = self._sums, self._n
        of_mean = float(self._x.variance.mean())
        error = float(sums["error"]) / n
        if "counts" in sums:
            counts = sums["counts"].cpu().numpy()
            n_places = int(counts.sum())
            even = float(np.exp(entr(counts / n_places).sum()))
            return CodeStats(n_places, error, of_mean, self._size, perplexity=even)
        variance = self._z.variance
        n_units = len(variance)
        if "kl" in sums:
            n_active = int((variance > _ACTIVE_VARIANCE).sum())
            kl_nats = float(sums["kl"]) / n
            return CodeStats(n, error, of_mean, n_units, n_active=n_active, kl_nats=kl_nats)
        if self._least is None or self._most is None:
            return None
        size = torch.maximum(self._least.abs(), self._most.abs()).max()
        n_still = int((self._most - self._least <= _STILL * size).sum())
        return CodeStats(n, error, of_mean, n_units, n_still=n_still)
