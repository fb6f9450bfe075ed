"""Asks every unit of the code for a target activity on average."""

from __future__ import annotations

from torch import Tensor

from aecore.objectives.term import Batch, Term
from aecore.specs.terms import SparseKlSpec


def sparse_kl(batch: Batch) -> Tensor:
    """`sum_d KL(rho || rho_d)`, `rho_d` the mean activity of unit d; a scalar, nats, at least 0.

    Ng 2011, CS294A lecture notes "Sparse autoencoder"; Nair & Hinton 2009, NeurIPS. Units
    are sigmoid, `rho` is the target. "mean" divides by the number of units.
    """
    rho = batch.spec_as(SparseKlSpec).target
    active = batch.output.code.z.float().mean(0).clamp(1e-6, 1 - 1e-6)  # (D,)
    kept = rho * (rho / active).log()
    silent = (1 - rho) * ((1 - rho) / (1 - active)).log()
    nats = kept + silent
    return nats.mean() if batch.spec.reduction == "mean" else nats.sum()


TERM = Term("sparse_kl", "batch", sparse_kl)
