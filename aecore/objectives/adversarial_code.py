"""A critic that tells codes from draws of the prior, and an encoder that makes it fail."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from aecore.objectives.term import Batch, Term

WIDTH = 256


def critic(shape: tuple[int, ...], n_dims: int) -> nn.Module:
    """Codes `(B, D)` to one logit each, above 0 for "from the prior"; `(B, 1)`."""
    return nn.Sequential(
        nn.Linear(n_dims, WIDTH),
        nn.LeakyReLU(0.2),
        nn.Linear(WIDTH, WIDTH),
        nn.LeakyReLU(0.2),
        nn.Linear(WIDTH, 1),
    )


def adversarial_code(batch: Batch) -> Tensor:
    """`-log D(z)`; `(B,)`, nats: `log 2` where the critic cannot tell codes from the prior.

    Makhzani, Shlens, Jaitly, Goodfellow & Frey 2016, "Adversarial Autoencoders",
    arXiv:1511.05644. "mean" divides by the number of features.
    """
    if batch.partner is None:
        raise TypeError("adversarial_code needs its critic")
    with batch.autocast():
        logit = batch.partner(batch.output.code.z).squeeze(1)
    return batch.per_feature(softplus(-logit.float()))


def teach(batch: Batch) -> Tensor:
    """The critic's own loss: cross-entropy between draws of N(0, I) and codes; a scalar, nats.

    A penalty on its slope at the draws of the prior keeps it from running away (R1,
    Mescheder, Geiger & Nowozin 2018, ICML, arXiv:1801.04406).
    """
    if batch.partner is None:
        raise TypeError("adversarial_code needs its critic")
    z = batch.output.code.z.detach().float()
    real = batch.model.noise.normal_like(z).requires_grad_()
    of_real = batch.partner(real)
    (slope,) = torch.autograd.grad(of_real.sum(), real, create_graph=True)
    penalty = slope.square().sum(1).mean()
    return softplus(-of_real).mean() + softplus(batch.partner(z)).mean() + 0.5 * penalty


TERM = Term(
    "adversarial_code",
    "sample",
    adversarial_code,
    training_only=True,
    partner=critic,
    teach=teach,
)
