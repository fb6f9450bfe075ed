"""The L2 norm of the weights."""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.objectives.term import Batch, Term


def weight_l2(batch: Batch) -> Tensor:
    """`sum w^2` over weights, not biases; a scalar, at least 0.

    Krogh & Hertz 1991, NIPS (weight decay).
    "mean" divides by the number of weights.
    """
    weights = batch.model.weights()
    total = torch.stack([w.float().square().sum() for w in weights]).sum()
    return total if batch.spec.reduction == "sum" else total / sum(w.numel() for w in weights)


TERM = Term("weight_l2", "weights", weight_l2)
