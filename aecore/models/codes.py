"""What an encoder ends in: plain numbers, a gaussian over them, or entries of a codebook."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aecore.models.networks import ACTIVATIONS, Noise, at_least_float32

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
        `(B, D)`, mean and log-variance of a gaussian code; None for others.
    z_e
        `(B, D)`, a quantized code before it was snapped to the codebook; None for others.
    entries
        int64 `(B, n_places)`, which entry each place of a quantized code has; None for others.
    """

    z: Tensor
    mu: Tensor | None = None
    logvar: Tensor | None = None
    z_e: Tensor | None = None
    entries: Tensor | None = None

    @property
    def point(self) -> Tensor:
        """Where the sample is drawn on a map: the mean, or the plain code; `(B, D)`."""
        return self.z if self.mu is None else self.mu


class PlainCode(nn.Module):
    """`z = f(W h + b)`, of which the `top_k` largest in magnitude stay where that is set.

    Makhzani & Frey 2014, "k-Sparse Autoencoders", ICLR, arXiv:1312.5663.

    Parameters
    ----------
    batch_norm
        Each unit is standardized over the batch before `f` (Ioffe & Szegedy 2015,
        arXiv:1502.03167), so that none has a head start among the largest and none is pushed
        to where a ReLU is flat.
    """

    def __init__(
        self,
        n_hidden: int,
        n_dims: int,
        activation: str,
        top_k: int | None = None,
        *,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.z = nn.Linear(n_hidden, n_dims)
        self.norm = nn.BatchNorm1d(n_dims) if batch_norm else nn.Identity()
        self.activation = ACTIVATIONS[activation]()
        self.top_k = None if top_k is None or top_k >= n_dims else top_k
        self.is_pointwise = self.top_k is None and not batch_norm
        """Whether a unit depends on its own `W_j h + b_j` alone."""

    @torch.no_grad()
    def begin_at(self, activity: float) -> None:
        """Let untrained sigmoid units answer with about this activity, in (0, 1).

        Units that begin at one half are all driven down together, past what they see.
        """
        last = self.norm if isinstance(self.norm, nn.BatchNorm1d) else self.z
        last.bias.fill_(math.log(activity / (1.0 - activity)))

    def forward(self, h: Tensor, along: Tensor | None = None) -> Code:
        """Hidden `(B, n_hidden)` to a code `(B, D)`; `along`, `(B, D)`, is added before `f`."""
        y: Tensor = self.z(h)
        z: Tensor = self.activation(self.norm(y if along is None else y + along))
        if self.top_k is None:
            return Code(z)
        strongest = z.abs().topk(self.top_k, dim=1).indices  # (B, k)
        kept = torch.zeros_like(z).scatter_(1, strongest, 1.0)
        return Code(z * kept)


class GaussianCode(nn.Module):
    """`z ~ N(mu(h), exp(logvar(h)))`, drawn by the reparameterization trick where it is asked for.

    Kingma & Welling 2014, "Auto-Encoding Variational Bayes", ICLR, arXiv:1312.6114.
    """

    def __init__(self, n_hidden: int, n_dims: int, noise: Noise) -> None:
        super().__init__()
        self.mu = nn.Linear(n_hidden, n_dims)
        self.logvar = nn.Linear(n_hidden, n_dims)
        self.noise = noise

    def forward(self, h: Tensor, along: Tensor | None = None, *, draw: bool = False) -> Code:
        """Hidden `(B, n_hidden)` to a code `(B, D)`: a draw, or the mean; see `PlainCode`."""
        mu = at_least_float32(self.mu(h))
        mu = mu if along is None else mu + along
        logvar = at_least_float32(self.logvar(h)).clamp(*LOGVAR_RANGE)
        if not draw:
            return Code(mu, mu, logvar)
        z = mu + torch.exp(0.5 * logvar) * self.noise.normal_like(mu)
        return Code(z, mu, logvar)


class QuantizedCode(nn.Module):
    """Each place of the encoder's grid becomes the nearest entry of a learned codebook.

    van den Oord, Vinyals & Kavukcuoglu 2017, "Neural Discrete Representation Learning",
    NeurIPS, arXiv:1711.00937: gradients pass straight through, and entries follow the
    running means of the vectors they stand for (its appendix A.1). An entry that nothing
    is near to for long starts again from a vector of the batch (Dhariwal et al. 2020,
    "Jukebox", arXiv:2005.00341).

    Parameters
    ----------
    shape
        `(C, H, W)` of the encoder's grid; the code is `(n_dims, H, W)`, flat.
    """

    weights: Tensor
    sums: Tensor
    counts: Tensor
    is_begun: Tensor

    def __init__(
        self,
        shape: tuple[int, ...],
        n_dims: int,
        codebook_size: int,
        decay: float,
        noise: Noise,
    ) -> None:
        super().__init__()
        self.project = nn.Conv2d(shape[0], n_dims, 1)
        self.grid = (n_dims, *shape[1:])
        self.decay = decay
        self.noise = noise
        self.register_buffer("weights", torch.randn(codebook_size, n_dims))
        self.register_buffer("sums", torch.zeros(codebook_size, n_dims))
        self.register_buffer("counts", torch.zeros(codebook_size))
        self.register_buffer("is_begun", torch.tensor(False))

    def forward(self, h: Tensor) -> Code:
        """Hidden `(B, C, H, W)` to a code `(B, n_dims * H * W)`."""
        z_e = self.project(h).float()
        vectors = _as_vectors(z_e)
        entries = self._nearest(vectors)
        z_q = self._as_grid(self.weights[entries], len(z_e))
        flat, flat_e = z_q.flatten(1), z_e.flatten(1)
        straight_through = flat_e + (flat - flat_e).detach()
        return Code(straight_through, z_e=flat_e, entries=entries.view(len(z_e), -1))

    def snap(self, z: Tensor) -> Tensor:
        """Any flat codes `(B, D)` with each place moved to its nearest entry."""
        grid = z.float().view(len(z), *self.grid)
        return self._as_grid(self.weights[self._nearest(_as_vectors(grid))], len(z)).flatten(1)

    @torch.no_grad()
    def after_step(self, code: Code) -> None:
        """Move the entries towards what they stood for in a training batch."""
        if code.z_e is None or code.entries is None:
            return
        vectors = _as_vectors(code.z_e.detach().view(-1, *self.grid))
        chosen = code.entries.flatten()
        add = added if vectors.device.type == "cpu" else added_by_product
        counts, sums = add(vectors, chosen, len(self.weights))
        self.counts.mul_(self.decay).add_(counts, alpha=1 - self.decay)
        self.sums.mul_(self.decay).add_(sums, alpha=1 - self.decay)
        self._revive(vectors)
        self.weights.copy_(self.sums / self.counts[:, None].clamp_min(1e-5))

    @torch.no_grad()
    def begin(self, h: Tensor) -> None:
        """Let entries begin at vectors of a batch, hidden `(B, C, H, W)`; once."""
        if self.is_begun:
            return
        vectors = _as_vectors(self.project(h).float())
        drawn = self._drawn(vectors, len(self.weights))
        jitter = 1e-3 * drawn.std() * self.noise.normal_like(drawn)
        self.weights.copy_(drawn + jitter)
        self.sums.copy_(self.weights)
        self.counts.fill_(1.0)
        self.is_begun.fill_(True)

    def _revive(self, vectors: Tensor) -> None:
        """Entries that hardly anything is near to begin again at vectors of this batch."""
        n_expected = len(vectors) / len(self.weights)
        dead = self.counts < 0.01 * n_expected
        fresh = self._drawn(vectors, len(self.weights))
        self.sums.copy_(torch.where(dead[:, None], fresh * n_expected, self.sums))
        self.counts.copy_(torch.where(dead, torch.full_like(self.counts, n_expected), self.counts))

    def _drawn(self, vectors: Tensor, n: int) -> Tensor:
        u = self.noise.uniform_like(torch.empty(n, device=vectors.device))
        return vectors[(u * len(vectors)).long().clamp_max(len(vectors) - 1)]

    def _nearest(self, vectors: Tensor) -> Tensor:
        """Index of the nearest entry of each vector, in float32 always; `(n,)`."""
        with torch.autocast(vectors.device.type, enabled=False):
            apart = self.weights.square().sum(1) - 2.0 * vectors.detach() @ self.weights.T
        return apart.argmin(1)

    def _as_grid(self, vectors: Tensor, n: int) -> Tensor:
        C, H, W = self.grid
        return vectors.view(n, H, W, C).permute(0, 3, 1, 2)


def _as_vectors(grid: Tensor) -> Tensor:
    """`(B, n_dims, H, W)` to `(B * H * W, n_dims)`."""
    return grid.permute(0, 2, 3, 1).reshape(-1, grid.shape[1])


def added(vectors: Tensor, entries: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """How many vectors `(m, D)` each of `n` entries stands for, `(n,)`, and their sum, `(n, D)`."""
    counts = vectors.new_zeros(n).index_add_(0, entries, vectors.new_ones(len(entries)))
    return counts, vectors.new_zeros(n, vectors.shape[1]).index_add_(0, entries, vectors)


def added_by_product(vectors: Tensor, entries: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """The same by a product: on a GPU `index_add_` adds in an order of its own at each call."""
    chosen = vectors.new_zeros(len(entries), n).scatter_(1, entries[:, None], 1.0)
    return chosen.sum(0), chosen.T @ vectors


def perplexity(entries: Tensor, codebook_size: int) -> float:
    """How many entries are in even use: `exp(H)` of how often each is chosen.

    From 1 (one entry for all) to the size of the codebook; more is better.
    """
    share = torch.bincount(entries.flatten(), minlength=codebook_size).double()
    share = share / share.sum()
    return float(torch.exp(-torch.xlogy(share, share).sum()))
