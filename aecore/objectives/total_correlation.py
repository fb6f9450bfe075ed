"""How far the dimensions of a gaussian code are from being independent."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from aecore.objectives.term import Batch, Term


def total_correlation(batch: Batch) -> Tensor:
    """`KL(q(z) || prod_d q(z_d))`, estimated from the batch; a scalar, nats.

    Chen, Li, Grosse & Duvenaud 2018, "Isolating Sources of Disentanglement in VAEs",
    NeurIPS, arXiv:1802.04942: the cloud of codes is taken from the batch, `q(z) ~ 1/M sum_j
    q(z | x_j)`. Their weighting by the size of the whole set adds a constant and leaves the
    gradient as it is. Added to `kl` with weight `beta - 1` it is their beta-TCVAE. Biased
    upwards, the more so the smaller the batch; 0 is independent. "mean" divides by the
    number of features.
    """
    mu, logvar = batch.output.code.mu, batch.output.code.logvar
    if mu is None or logvar is None:
        raise TypeError("total_correlation needs a gaussian code; RunSpec refuses others")
    z = batch.output.code.z.float()
    M = len(mu)
    apart = z[:, None] - mu[None]  # (M, M, D)
    log_q = -0.5 * (math.log(2 * math.pi) + logvar[None] + apart.square() / logvar.exp()[None])
    joint = torch.logsumexp(log_q.sum(2), 1) - math.log(M)  # (M,)
    apiece = (torch.logsumexp(log_q, 1) - math.log(M)).sum(1)  # (M,)
    return batch.per_feature((joint - apiece).mean())


TERM = Term(
    "total_correlation",
    "batch",
    total_correlation,
    training_only=True,
)
