"""Muon for the convolutions inside a network, AdamW for its ends: one optimizer of two."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from aecore.training import uncompiled
from aecore.training.device import fast_on_cpu

_MIN_SIDE = 16
"""A weight with fewer rows or columns is no matrix worth making orthogonal."""


class Muon:
    """Each step moves all directions of a weight matrix alike, however steep the loss is there.

    Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; scaled to
    AdamW's rates as in Liu et al. 2025, arXiv:2502.16982) orthogonalizes the momentum of a matrix.
    A convolution counts as the matrix of its outputs by all that each sees; its weights are shared
    with that matrix, never copied. Weights with fewer than 16 rows or columns, and all that are no
    convolutions, are AdamW's.

    Parameters
    ----------
    net
        In `torch.channels_last`, and on its device already; it must not be moved afterwards.
    lr
        Learning rate of both.
    """

    def __init__(self, net: nn.Module, lr: float) -> None:
        self._pairs: list[tuple[nn.Parameter, nn.Parameter]] = []
        others = []
        for weight in net.parameters():
            matrix = _as_matrix(weight)
            if matrix is None:
                others.append(weight)
            else:
                self._pairs.append((weight, nn.Parameter(matrix)))
        self._parts: dict[str, torch.optim.Optimizer] = {}
        if self._pairs:
            where = self._pairs[0][0].device
            kind = uncompiled.Muon if where.type == "cuda" or fast_on_cpu() else InFloat32
            self._parts["muon"] = kind(
                [matrix for _, matrix in self._pairs],
                lr=lr,
                weight_decay=0.0,
                adjust_lr_fn="match_rms_adamw",
            )
        if others:
            self._parts["adamw"] = uncompiled.AdamW(others, lr=lr, weight_decay=1e-4, fused=True)

    def step(self, lr: float) -> None:
        """Move the weights at this rate, by the gradients that lie on the network."""
        for weight, matrix in self._pairs:
            if weight.grad is not None:
                matrix.grad = _flat(weight.grad)
        for part in self._parts.values():
            for group in part.param_groups:
                group["lr"] = lr
            part.step()

    def moments(self) -> dict[str, Tensor]:
        """What it remembers of earlier steps, by name; the tensors themselves."""
        found: dict[str, Tensor] = {}
        for name, part in self._parts.items():
            for index, memory in part.state_dict()["state"].items():
                found |= {f"{name}.{index}.{what}": value for what, value in memory.items()}
        return found

    def load_moments(self, moments: dict[str, Tensor]) -> None:
        """Go on with what `moments` gave."""
        for name, part in self._parts.items():
            state: dict[int, dict[str, Any]] = {}
            for path, value in moments.items():
                whose, _, rest = path.partition(".")
                if whose == name:
                    index, what = rest.split(".", 1)
                    state.setdefault(int(index), {})[what] = value
            part.load_state_dict(
                {"state": state, "param_groups": part.state_dict()["param_groups"]}
            )
            # Fused AdamW reads moments in the order in which the weights lie, whatever theirs is.
            for weight, memory in part.state.items():
                for what, value in memory.items():
                    if value.shape == weight.shape:
                        memory[what] = torch.empty_like(weight).copy_(value)


class InFloat32(uncompiled.Muon):
    """torch's Muon, which orthogonalizes in bfloat16, for processors that do not multiply that.

    There it took 8 s for a step of the photo restorer, of which this takes 0.2 s.
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Move the weights by the gradients that lie on them."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(weight.grad)
                momentum: Tensor = state["momentum_buffer"]
                momentum.lerp_(weight.grad, 1 - group["momentum"])
                moved = weight.grad.lerp(momentum, group["momentum"])
                rate = group["lr"] * 0.2 * math.sqrt(max(weight.shape))  # as match_rms_adamw
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(_orthogonal(moved, group), alpha=-rate)


def _orthogonal(matrix: Tensor, group: dict[str, Any]) -> Tensor:
    """All singular values near 1, by Newton and Schulz's iteration; of the same shape."""
    a, b, c = group["ns_coefficients"]
    x = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = x / x.norm().clamp(min=group["eps"])
    for _ in range(group["ns_steps"]):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x if matrix.shape[0] <= matrix.shape[1] else x.T


def _as_matrix(weight: nn.Parameter) -> Tensor | None:
    if weight.ndim != 4:
        return None
    matrix = _flat(weight.detach())
    shares = matrix.data_ptr() == weight.data_ptr()
    return matrix if shares and min(matrix.shape) >= _MIN_SIDE else None


def _flat(x: Tensor) -> Tensor:
    """`(A, B, kh, kw)` as `(A, kh kw B)`: a view where it lies channels-last."""
    return x.permute(0, 2, 3, 1).flatten(1)
