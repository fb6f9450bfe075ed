"""The L2 norm of the decoder's weights."""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.objectives.term import Batch, Term


def decoder_l2(batch: Batch) -> Tensor:
    """`sum w^2` over the decoder's weights, not biases; a scalar, at least 0.

    Ghosh, Sajjadi, Vergari, Black & Schoelkopf 2020, ICLR, arXiv:1903.12436 (RAE-L2): a
    decoder of small weights is smooth, so that codes between codes decode well. "mean"
    divides by the number of weights.
    """
    weights = [p for p in batch.model.decoder.parameters() if p.ndim > 1]
    total = torch.stack([w.float().square().sum() for w in weights]).sum()
    n_weights = sum(w.numel() for w in weights)
    return total if batch.spec.reduction == "sum" else total / n_weights


TERM = Term("decoder_l2", "weights", decoder_l2)
