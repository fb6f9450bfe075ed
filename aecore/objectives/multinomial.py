"""Negative log-likelihood of counts under a multinomial."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import log_softmax

from aecore.objectives.term import Batch, Term


def multinomial(batch: Batch) -> Tensor:
    """`-sum_i x_i log softmax(raw)_i` of each sample; `(B,)`, nats, at least 0.

    Liang, Krishnan, Hoffman & Jebara 2018, "Variational Autoencoders for Collaborative
    Filtering", WWW, arXiv:1802.05814, equation 2, without the multinomial coefficient, which
    depends on the sample alone. The columns compete for one probability mass, so that what
    matters is which of them come first. "mean" divides by the number of columns.
    """
    x = batch.x.flatten(1)
    nats = -(x * log_softmax(batch.output.raw.float().flatten(1), dim=1)).sum(1)
    return batch.per_feature(nats)


TERM = Term("multinomial", "sample", multinomial)
