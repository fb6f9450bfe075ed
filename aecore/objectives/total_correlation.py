"""How far the dimensions of a gaussian code are from being independent."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from aecore.objectives.term import Batch, Term


def total_correlation(batch: Batch) -> Tensor:
    """`KL(q(z) || prod_d q(z_d))`, estimated from the batch; a scalar, nats.

    Chen, Li, Grosse & Duvenaud 2018, "Isolating Sources of Disentanglement in VAEs",
    NeurIPS, arXiv:1802.04942, with its minibatch-weighted sampling (section 4.1):
    `log q(z) ~ log 1/(N M) sum_j q(z | x_j)`. Added to `kl` with weight `beta - 1` it is
    their beta-TCVAE. The estimate is biased upwards for small batches, by the same for any
    weights of the model; 0 is independent. "mean" divides by the number of features.
    """
    mu, logvar = batch.output.code.mu, batch.output.code.logvar
    if mu is None or logvar is None:
        raise TypeError("total_correlation needs a gaussian code; RunSpec refuses others")
    z = batch.output.code.z.float()
    M = len(mu)
    apart = z[:, None] - mu[None]  # (M, M, D)
    log_q = -0.5 * (math.log(2 * math.pi) + logvar[None] + apart.square() / logvar.exp()[None])
    n_pairs = math.log(M * batch.n_train)
    joint = torch.logsumexp(log_q.sum(2), 1) - n_pairs  # (M,)
    apiece = (torch.logsumexp(log_q, 1) - n_pairs).sum(1)  # (M,)
    return batch.per_feature((joint - apiece).mean())


TERM = Term(
    "total_correlation",
    "Total correlation",
    "batch",
    "nats",
    total_correlation,
    training_only=True,
)
