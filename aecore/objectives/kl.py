"""Divergence of a gaussian code from the standard normal prior."""

from __future__ import annotations

from torch import Tensor

from aecore.models.autoencoder import Autoencoder, Output
from aecore.objectives.term import Reduction, Term


def kl(output: Output, x: Tensor, model: Autoencoder, reduction: Reduction) -> Tensor:
    """`1/2 sum_d (mu^2 + exp(logvar) - logvar - 1)`; `(B,)`, nats, at least 0.

    Kingma & Welling 2014, arXiv:1312.6114, appendix B. Its weight is the beta of a
    beta-VAE (Higgins et al. 2017, ICLR). Always summed over the code; "mean" divides
    by the number of features of a sample, so that it fits a mean reconstruction error.
    """
    mu, logvar = output.code.mu, output.code.logvar
    if mu is None or logvar is None:
        raise TypeError("kl needs a gaussian code; RunSpec refuses this combination")
    nats = kl_by_dimension(mu, logvar).sum(1)
    return nats if reduction == "sum" else nats / x[0].numel()


def kl_by_dimension(mu: Tensor, logvar: Tensor) -> Tensor:
    """The same for each dimension of the code; `(B, D)`, nats."""
    return 0.5 * (mu.square() + logvar.exp() - logvar - 1.0)


TERM = Term("kl", "KL divergence", "sample", "nats", kl)
