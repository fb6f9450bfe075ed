"""The L2 norm of the weights."""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.models.autoencoder import Autoencoder, Output
from aecore.objectives.term import Reduction, Term


def weight_l2(output: Output, x: Tensor, model: Autoencoder, reduction: Reduction) -> Tensor:
    """`sum w^2` over weights, not biases; a scalar, at least 0.

    Krogh & Hertz 1991, NIPS (weight decay).
    "mean" divides by the number of weights.
    """
    weights = model.weights()
    total = torch.stack([w.float().square().sum() for w in weights]).sum()
    return total if reduction == "sum" else total / sum(w.numel() for w in weights)


TERM = Term("weight_l2", "Weights (L2)", "weights", "squared weight", weight_l2)
