"""Measures how a code is used while a model is validated; what it means, the doctor says."""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.models.autoencoder import Output
from aecore.models.codes import Code
from aecore.objectives.kl import kl_by_dimension
from aecore.training.doctor import Vitals

_ACTIVE_VARIANCE = 0.01
_STILL = 1e-3
"""A unit whose answers all lie within this share of the largest answer of the code is still."""


class Pulse:
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
        self._least: Tensor | None = None
        self._most: Tensor | None = None

    def feel(self, output: Output, x: Tensor) -> None:
        """Add a batch: what the model made of it, and the clean samples `(B, *shape)`."""
        self._n += len(x)
        flat = x.flatten(1).double()
        self._add("error", (output.x_hat.flatten(1).double() - flat).square().mean(1).sum())
        self._add("x", flat.sum(0))
        self._add("x2", flat.square().sum(0))
        self._feel_code(output.code)

    def _feel_code(self, code: Code) -> None:
        if code.entries is not None:
            chosen = code.entries.flatten()
            self._add("counts", torch.bincount(chosen, minlength=self._size).double())
            return
        point = code.point.double()
        self._add("z", point.sum(0))
        self._add("z2", point.square().sum(0))
        if code.mu is not None and code.logvar is not None:
            self._add("kl", kl_by_dimension(code.mu, code.logvar).double().sum())
            return
        least, most = point.amin(0), point.amax(0)
        self._least = least if self._least is None else torch.minimum(self._least, least)
        self._most = most if self._most is None else torch.maximum(self._most, most)

    def _add(self, name: str, value: Tensor) -> None:
        self._sums[name] = self._sums[name] + value if name in self._sums else value

    def vitals(self) -> Vitals | None:
        """What was measured; None without a batch."""
        if not self._n:
            return None
        sums, n = self._sums, self._n
        of_mean = (sums["x2"] / n - (sums["x"] / n).square()).clamp_min(0.0).mean()
        error = float(sums["error"]) / n
        if "counts" in sums:
            n_places = int(sums["counts"].sum())
            share = sums["counts"] / n_places
            even = float(torch.exp(-torch.xlogy(share, share).sum()))
            return Vitals(n_places, error, float(of_mean), self._size, perplexity=even)
        n_units = len(sums["z"])
        if "kl" in sums:
            variance = sums["z2"] / n - (sums["z"] / n).square()
            n_active = int((variance > _ACTIVE_VARIANCE).sum())
            kl_nats = float(sums["kl"]) / n
            return Vitals(n, error, float(of_mean), n_units, n_active=n_active, kl_nats=kl_nats)
        if self._least is None or self._most is None:
            return None
        size = torch.maximum(self._least.abs(), self._most.abs()).max()
        n_still = int((self._most - self._least <= _STILL * size).sum())
        return Vitals(n, error, float(of_mean), n_units, n_still=n_still)
