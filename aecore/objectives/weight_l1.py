"""The L1 norm of the weights."""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.objectives.term import Batch, Term


def weight_l1(batch: Batch) -> Tensor:
    """`sum |w|` over weights, not biases; a scalar, at least 0.

    Tibshirani 1996, JRSS B 58 (lasso).

    "mean" divides by the number of weights.
    """
    weights = batch.model.weights()
    total = torch.stack([w.float().abs().sum() for w in weights]).sum()
    return total if batch.spec.reduction == "sum" else total / sum(w.numel() for w in weights)


TERM = Term("weight_l1", "weights", weight_l1)
