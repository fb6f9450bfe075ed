"""Squared error where it is small, absolute error where it is large."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import huber_loss

from aecore.objectives.term import Batch, Term
from aecore.specs.terms import HuberSpec


def huber(batch: Batch) -> Tensor:
    """`e^2 / 2` up to `|e| = delta`, then `delta (|e| - delta / 2)`; `(B,)`, 0 is perfect.

    Huber 1964, Annals of Mathematical Statistics 35: single wild pixels pull less.
    """
    x_hat = batch.output.x_hat.float()
    values = huber_loss(x_hat, batch.x, reduction="none", delta=batch.spec_as(HuberSpec).delta)
    return batch.over_features(values)


TERM = Term("huber", "sample", huber)
