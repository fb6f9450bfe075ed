"""An untrained model set to do what PCA does: its linear maps at the principal components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from aecore.models.autoencoder import Autoencoder
from aecore.models.codes import GaussianCode, QuantizedCode
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import RunSpec
from aecore.specs.terms import IwaeSpec, KlSpec, MseSpec

_PAIRED = ("relu", "leaky_relu", "gelu", "silu", "softplus")
"""Activations whose `f(a) - f(-a)` is a straight line: two units stand for one component."""
_SLOPES = {"sigmoid": 0.25, "tanh": 1.0, "elu": 1.0}
"""Slope at 0 of those that are nearly straight there."""
_NEAR_ZERO = 0.1
"""So far from 0, in deviations of a code, those are used at first: components of photographs
reach some deviations out, where at 0.5 a sigmoid would be flat."""
_SMALLEST = 1e-4
"""Deviations below this share of the largest are no components, but rounding."""


@dataclass(frozen=True)
class Components:
    """Principal components of samples.

    Parameters
    ----------
    mean
        `(F,)`.
    axes
        `(K, F)`, orthonormal, of the largest variance first.
    deviations
        `(K,)`, standard deviation along each.
    left_over
        Mean variance of a feature that these do not explain.
    """

    mean: Tensor
    axes: Tensor
    deviations: Tensor
    left_over: float = 0.0


def components(x: Tensor, n: int) -> Components:
    """The first `n` principal components of samples `(n_samples, F)`, or as many as there are.

    Halko, Martinsson & Tropp 2011, SIAM Review 53, where only a few of many are wanted.
    """
    mean = x.mean(0)
    centred = x - mean
    k = min(n, len(x) - 1, x.shape[1])
    n_least = min(x.shape)
    if n_least <= 1024 or k > n_least // 8:
        is_wide = x.shape[1] > len(x)
        gram = (centred @ centred.T) if is_wide else (centred.T @ centred)
        # on the host in double precision, which not every device has
        values, vectors = np.linalg.eigh(gram.cpu().numpy().astype(np.float64))
        top = torch.from_numpy(vectors[:, : -k - 1 : -1].astype(np.float32)).to(x.device)
        axes = (centred.T @ top).T if is_wide else top.T
        axes = axes / axes.norm(dim=1, keepdim=True).clamp_min(1e-12)
        spread = np.sqrt(values[: -k - 1 : -1].clip(0) / len(x)).astype(np.float32)
        deviations = torch.from_numpy(spread).to(x.device)
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            _, singular, v = torch.svd_lowrank(centred, k + 16, niter=4)
        axes, deviations = v.T[:k], singular[:k] / len(x) ** 0.5
    known = deviations > _SMALLEST * deviations.max()
    axes, deviations = axes[known].contiguous(), deviations[known]
    total = float(centred.square().mean())
    left_over = total - float(deviations.square().sum()) / x.shape[1]
    return Components(mean, axes, deviations, max(0.0, left_over))


@dataclass(frozen=True)
class _Maps:
    """`(D, F)` into the code and `(F, D)` out of it, about the mean, with what else they need."""

    into: Tensor
    out: Tensor
    into_bias: Tensor
    out_bias: Tensor
    logvar: Tensor


def _maps(spec: RunSpec, found: Components, n_dims: int) -> _Maps:
    F = found.axes.shape[1]
    into, out = torch.zeros(n_dims, F), torch.zeros(F, n_dims)
    into_bias, out_bias, logvar = torch.zeros(n_dims), torch.zeros(F), torch.zeros(n_dims)
    k = min(n_dims, len(found.axes))
    axes, deviations = found.axes[:k], found.deviations[:k]
    code = spec.code
    if not isinstance(code, PlainCodeSpec):  # gaussian: a quantized one is no linear map
        noise = min(noise_variance(spec, F, found), 1e6)
        kept = (deviations.square() - noise).clamp_min(0).sqrt()
        into[:k] = axes * (kept / deviations.square())[:, None]
        out[:, :k] = axes.T * kept
        logvar[:k] = (noise / deviations.square()).clamp(1e-6, 1.0).log()
        return _Maps(into, out, into_bias, out_bias, logvar)
    f = code.activation
    if f in _PAIRED:
        k = min(k, n_dims // 2)
        axes, deviations = axes[:k], deviations[:k]
    sizes = deviations if code.top_k is None else deviations.square().mean().sqrt().expand(k)
    near = axes / sizes[:, None], axes.T * sizes
    into[:k], out[:, :k] = near
    if f in _PAIRED:
        into[k : 2 * k], out[:, k : 2 * k] = -near[0], -near[1]
        out /= 1.01 if f == "leaky_relu" else 1.0
    elif f in _SLOPES:
        into, out = into * _NEAR_ZERO, out / (_NEAR_ZERO * _SLOPES[f])
        out_bias = out_bias - 0.5 * out.sum(1) if f == "sigmoid" else out_bias
    return _Maps(into, out, into_bias, out_bias, logvar)


def noise_variance(spec: RunSpec, n_features: int, found: Components) -> float:
    """Variance of the noise that an objective says a pixel of a picture has.

    Squared error of weight w beside a divergence of weight b is the bound of a gaussian
    likelihood of variance b / (2 w). Where the error is another, what PCA leaves over.
    """
    first, price = spec.objective[0], spec.term(KlSpec)
    if isinstance(first, IwaeSpec) and first.sigma is not None:
        return first.sigma**2
    if not isinstance(first, MseSpec) or price is None or not first.weight or not price.weight:
        return found.left_over
    weights = [
        term.weight / (n_features if term.reduction == "mean" else 1) for term in (first, price)
    ]
    return weights[1] / (2 * weights[0])


@torch.no_grad()
def start_at_components(model: Autoencoder, spec: RunSpec, found: Components) -> None:
    """Set an untrained model so that it reconstructs as PCA does.

    A plain code is whitened, so that each of its numbers has deviation 1; where only the
    largest stay, they keep their sizes, which are what they contribute. Where a code has a
    non-linearity, two units stand for one component, or units stay where it is nearly straight.
    A gaussian code begins as probabilistic PCA, whose noise is what the objective says of it
    (Tipping & Bishop 1999, JRSS B 61; Lucas et al. 2019, arXiv:1911.02469).
    """
    code = model.code
    if isinstance(code, QuantizedCode):
        return
    maps = _maps(spec, found, model.plan.n_dims)
    bias = maps.into_bias - maps.into @ found.mean
    out_bias = found.mean + maps.out_bias
    first = code.mu if isinstance(code, GaussianCode) else code.z
    last = [m for m in model.decoder if isinstance(m, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)]
    if isinstance(code, GaussianCode):
        nn.init.zeros_(code.logvar.weight)
        code.logvar.bias.copy_(maps.logvar)
    if model.path is None:
        first.weight.copy_(maps.into)
        first.bias.copy_(bias)
        last[-1].weight.copy_(maps.out)
        if last[-1].bias is not None:
            last[-1].bias.copy_(out_bias)
        return
    for layer in (first, last[-1]):
        nn.init.zeros_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    path = model.path
    path.into.copy_(maps.into)
    path.into_bias.copy_(bias)
    path.out.copy_(maps.out)
    path.out_bias.copy_(out_bias)
