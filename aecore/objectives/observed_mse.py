"""Squared error over the numbers that a sample has, of rows where 0 means unknown."""

from __future__ import annotations

from torch import Tensor

from aecore.objectives.term import Batch, Term


def observed_mse(batch: Batch) -> Tensor:
    """`(x - x_hat)^2` where `x` is not 0; `(B,)`, at least 0, 0 is perfect.

    Sedhain, Menon, Sanner & Xie 2015, "AutoRec: Autoencoders Meet Collaborative Filtering", WWW,
    equation 2: what nobody has rated says nothing. "mean" divides by how many of the numbers of
    each sample are not 0.
    """
    x = batch.x.flatten(1)
    is_observed = x != 0
    squares = ((batch.output.x_hat.float().flatten(1) - x).square() * is_observed).sum(1)
    if batch.spec.reduction == "sum":
        return squares
    return squares / is_observed.sum(1).clamp_min(1)


TERM = Term("observed_mse", "sample", observed_mse)
