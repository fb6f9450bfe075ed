"""Binary cross-entropy between sample and reconstruction."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from aecore.objectives.term import Batch, Term


def bce(batch: Batch) -> Tensor:
    """`-x log x_hat - (1 - x) log(1 - x_hat)` over the features of each sample; `(B,)`, nats.

    With "sum" it is the negative log-likelihood of binary pixels under a Bernoulli
    decoder (Kingma & Welling 2014, arXiv:1312.6114, appendix C). For grey pixels its
    least value is not 0 but the entropy of the pixels themselves.
    """
    raw = batch.output.raw.float()
    return batch.over_features(binary_cross_entropy_with_logits(raw, batch.x, reduction="none"))


TERM = Term("bce", "sample", bce)
