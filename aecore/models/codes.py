"""What an encoder ends in: plain numbers, or a gaussian over them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aecore.models.networks import ACTIVATIONS, Noise

LOGVAR_RANGE = (-20.0, 10.0)
"""Natural logarithm of the variance; beyond it exp() leaves what float32 can train with."""


@dataclass(frozen=True)
class Code:
    """What a batch was encoded to.

    Parameters
    ----------
    z
        `(B, D)`, what the decoder gets.
    mu, logvar
        `(B, D)`, mean and log-variance of a gaussian code; None for a plain one.
    """

    z: Tensor
    mu: Tensor | None = None
    logvar: Tensor | None = None

    @property
    def point(self) -> Tensor:
        """Where the sample is drawn on a map: the mean, or the plain code; `(B, D)`."""
        return self.z if self.mu is None else self.mu


class PlainCode(nn.Module):
    """`z = f(W h + b)`."""

    def __init__(self, n_hidden: int, n_dims: int, activation: str) -> None:
        super().__init__()
        self.z = nn.Linear(n_hidden, n_dims)
        self.activation = ACTIVATIONS[activation]()

    def forward(self, h: Tensor) -> Code:
        """Hidden `(B, n_hidden)` to a code `(B, D)`."""
        return Code(self.activation(self.z(h)))


class GaussianCode(nn.Module):
    """`z ~ N(mu(h), exp(logvar(h)))`, drawn by the reparameterization trick in training.

    Kingma & Welling 2014, "Auto-Encoding Variational Bayes", ICLR, arXiv:1312.6114.
    In evaluation `z` is the mean.
    """

    def __init__(self, n_hidden: int, n_dims: int, noise: Noise) -> None:
        super().__init__()
        self.mu = nn.Linear(n_hidden, n_dims)
        self.logvar = nn.Linear(n_hidden, n_dims)
        self.noise = noise

    def forward(self, h: Tensor) -> Code:
        """Hidden `(B, n_hidden)` to a code `(B, D)`."""
        mu = self.mu(h).float()
        logvar = self.logvar(h).float().clamp(*LOGVAR_RANGE)
        if not self.training:
            return Code(mu, mu, logvar)
        z = mu + torch.exp(0.5 * logvar) * self.noise.normal_like(mu)
        return Code(z, mu, logvar)
