"""Squared error between sample and reconstruction."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import mse_loss

from aecore.objectives.term import Batch, Term


def mse(batch: Batch) -> Tensor:
    """`(x - x_hat)^2`, over the features of each sample; `(B,)`, at least 0, 0 is perfect.

    "mean" is the usual MSE per pixel; "sum" is the squared error of the whole sample
    (Hinton & Salakhutdinov 2006, Science 313, report it so).
    """
    return batch.over_features(mse_loss(batch.output.x_hat.float(), batch.x, reduction="none"))


TERM = Term("mse", "sample", mse)
