"""Binary cross-entropy between sample and reconstruction."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from aecore.objectives.term import Batch, Term


def bce(batch: Batch) -> Tensor:
    """`-x log x_hat - (1 - x) log(1 - x_hat)` over the features of each sample; `(B,)`, nats.

    With "sum" it is the negative log-likelihood of binary pixels under a Bernoulli
    decoder (Kingma & Welling 2014, arXiv:1312.6114, appendix C). For grey pixels its
    least value is not 0 but the entropy of the pixels themselves.
    """
    return batch.over_features(bernoulli_nats(batch.output.raw.float(), batch.x))


def bernoulli_nats(raw: Tensor, x: Tensor) -> Tensor:
    """The same of each value, of logits and what they are to say, both `(B, ...)`, float32.

    As torch's own, with the same gradients bit for bit. On a CPU that takes the logarithm of
    1 + y number by number, several times as long as all the rest; here it is that of a sigmoid,
    to 1e-6 nats.
    """
    if raw.device.type != "cpu" or x.requires_grad:
        return binary_cross_entropy_with_logits(raw, x, reduction="none")
    found: Tensor = _BernoulliNats.apply(raw, x)
    return found


class _BernoulliNats(torch.autograd.Function):
    """`max(a, 0) - a x - log sigmoid(|a|)`, whose slope is `sigmoid(a) - x`."""

    @staticmethod
    def forward(ctx: Any, raw: Tensor, x: Tensor) -> Tensor:
        """See `bernoulli_nats`."""
        ctx.save_for_backward(raw, x)
        uncertain = raw.abs().sigmoid_().log_()
        return torch.relu(raw).sub_(uncertain).addcmul_(raw, x, value=-1)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None]:
        """Of the logits alone."""
        raw, x = ctx.saved_tensors
        return torch.sigmoid(raw).sub_(x).mul_(slope), None


TERM = Term("bce", "sample", bce)
