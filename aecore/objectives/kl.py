"""Divergence of a gaussian code from the standard normal prior."""

from __future__ import annotations

from torch import Tensor

from aecore.objectives.term import Batch, Term
from aecore.specs.terms import KlSpec


def kl(batch: Batch) -> Tensor:
    """`1/2 sum_d (mu^2 + exp(logvar) - logvar - 1)`; `(B,)`, nats, at least 0.

    Kingma & Welling 2014, arXiv:1312.6114, appendix B. Its weight is the beta of a
    beta-VAE (Higgins et al. 2017, ICLR). Always summed over the code; "mean" divides
    by the number of features of a sample, so that it fits a mean reconstruction error.

    With free nats each dimension counts at least so much on the average of the batch, so
    that nothing is gained by giving it up (free bits, Kingma et al. 2016,
    arXiv:1606.04934, appendix C.8); the term is then one scalar for the batch.
    """
    mu, logvar = batch.output.code.mu, batch.output.code.logvar
    if mu is None or logvar is None:
        raise TypeError("kl needs a gaussian code; RunSpec refuses this combination")
    nats = kl_by_dimension(mu, logvar)
    free_nats = batch.spec_as(KlSpec).free_nats
    if free_nats:
        return batch.per_feature(nats.mean(0).clamp_min(free_nats).sum())
    return batch.per_feature(nats.sum(1))


def kl_by_dimension(mu: Tensor, logvar: Tensor) -> Tensor:
    """The same for each dimension of the code; `(B, D)`, nats."""
    return 0.5 * (mu.square() + logvar.exp() - logvar - 1.0)


TERM = Term("kl", "sample", kl)
