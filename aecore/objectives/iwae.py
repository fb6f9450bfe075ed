"""The importance-weighted bound, in place of reconstruction error and divergence together."""

from __future__ import annotations

import math
from contextlib import nullcontext

import torch
from torch import Tensor

from aecore.models.autoencoder import Autoencoder
from aecore.objectives.bce import bernoulli_nats
from aecore.objectives.term import Autocast, Batch, Term
from aecore.specs.terms import IwaeSpec


def iwae(batch: Batch) -> Tensor:
    """`-log 1/k sum_i p(x, z_i) / q(z_i | x)`, `z_i ~ q(z | x)`; `(B,)`, nats.

    Burda, Grosse & Salakhutdinov 2016, "Importance Weighted Autoencoders", ICLR,
    arXiv:1509.00519. With one sample it is the VAE's bound, drawn; more come nearer to the
    negative log-likelihood, from above. Pixels are Bernoulli, or gaussian with
    deviation `sigma` (without its constant) where that is set. "mean" divides by the number
    of features.
    """
    mu, logvar = batch.output.code.mu, batch.output.code.logvar
    if mu is None or logvar is None:
        raise TypeError("iwae needs a gaussian code; RunSpec refuses this combination")
    spec = batch.spec_as(IwaeSpec)
    log_weights = log_importance_weights(
        batch.model,
        batch.x,
        mu,
        logvar,
        spec.n_samples,
        sigma=spec.sigma,
        autocast=batch.autocast,
    )  # (k, B)
    bound = torch.logsumexp(log_weights, 0) - math.log(spec.n_samples)
    return batch.per_feature(-bound)


def log_importance_weights(
    model: Autoencoder,
    x: Tensor,
    mu: Tensor,
    logvar: Tensor,
    k: int,
    *,
    sigma: float | None = None,
    autocast: Autocast = nullcontext,
) -> Tensor:
    """`log p(x, z_i) - log q(z_i | x)` for k codes drawn for each sample; `(k, B)`, nats.

    Parameters
    ----------
    sigma
        Deviation of gaussian pixels, whose constant is left out; None: pixels are Bernoulli.
    """
    B, D = mu.shape
    noise = model.noise.normal_like(mu.expand(k, B, D))
    z = mu + torch.exp(0.5 * logvar) * noise  # (k, B, D)
    with autocast():
        raw = model.raw(z.reshape(k * B, D))
    many = x.expand(k, *x.shape).reshape(raw.shape)
    if sigma is None:
        nats = bernoulli_nats(raw, many)
    else:
        x_hat = torch.sigmoid(raw) if model.has_sigmoid_output else raw
        nats = (x_hat - many).square() / (2.0 * sigma**2)
    log_likelihood = -nats.flatten(1).sum(1).view(k, B)
    # log p(z) - log q(z | x); the constants cancel
    log_ratio = 0.5 * (noise.square() + logvar - z.square()).sum(2)
    return log_likelihood + log_ratio


TERM = Term("iwae", "sample", iwae)
