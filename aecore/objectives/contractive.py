"""How strongly the code moves when the input does."""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.models.autoencoder import Autoencoder
from aecore.models.codes import PlainCode
from aecore.objectives.term import Autocast, Batch, Term


def contractive(batch: Batch) -> Tensor:
    """`||dz/dx||_F^2`, the squared Frobenius norm of the encoder's Jacobian; `(B,)`, at least 0.

    Rifai, Vincent, Muller, Glorot & Bengio 2011, "Contractive Auto-Encoders", ICML.
    Exact where the encoder is one dense layer; for deeper ones, and for two, one random
    projection a step, `E_v ||v^T J||^2 = ||J||_F^2` for `v ~ N(0, I)` (Hutchinson 1990,
    Communications in Statistics 19), so single values scatter and their mean is right.
    "mean" divides by the number of dimensions of the code.
    """
    model, output = batch.model, batch.output
    code = model.code
    is_one_layer = len(model.encoder) == 1 and model.beside is None
    if is_one_layer and isinstance(code, PlainCode) and code.is_pointwise:
        squared = _exact(output.x_in, code, batch.autocast)
    else:
        squared = _estimate(output.x_in, model, batch.autocast)
    return squared if batch.spec.reduction == "sum" else squared / output.code.z.shape[1]


def _exact(x_in: Tensor, code: PlainCode, autocast: Autocast) -> Tensor:
    """`sum_j f'(a_j)^2 ||W_j||^2` for `z = f(a)`, `a = W x + b`; `(B,)`."""
    with autocast():
        a = code.z(x_in.flatten(1))  # (B, D)
    a = a.float()
    (slope,) = torch.autograd.grad(code.activation(a).sum(), a, create_graph=True)
    squared: Tensor = (slope.square() * code.z.weight.square().sum(1)).sum(1)
    return squared


def _estimate(x_in: Tensor, model: Autoencoder, autocast: Autocast) -> Tensor:
    """`||v^T J||^2` for one random `v` per sample; `(B,)`."""
    x = x_in.detach().requires_grad_()
    with autocast():
        z = model.encode(x).point  # (B, D)
    z = z.float()
    v = model.noise.normal_like(z.detach())
    (projected,) = torch.autograd.grad((z * v).sum(), x, create_graph=True)  # (B, *shape)
    return projected.flatten(1).square().sum(1)


TERM = Term(
    "contractive",
    "sample",
    contractive,
    training_only=True,
)
