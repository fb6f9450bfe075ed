"""Layers of a plan as torch modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from aecore.models.plan import KERNEL, Layer

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "identity": nn.Identity,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
}


class Noise:
    """The one source of randomness of a model, so that a seed decides all of it.

    `seed` before use; the generator lives on the device of the tensors it fills.
    """

    def __init__(self) -> None:
        self.generator: torch.Generator | None = None

    def seed(self, seed: int, device: torch.device) -> None:
        """Start again from `seed`, on `device`."""
        if self.generator is None or self.generator.device != device:
            self.generator = torch.Generator(device)
        self.generator.manual_seed(seed)

    def normal_like(self, x: torch.Tensor) -> torch.Tensor:
        """Standard normal numbers of the shape of `x`."""
        return torch.empty_like(x).normal_(generator=self.generator)

    def uniform_like(self, x: torch.Tensor) -> torch.Tensor:
        """Numbers uniform in [0, 1), of the shape of `x`."""
        return torch.empty_like(x).uniform_(generator=self.generator)


class Dropout(nn.Module):
    """Inverted dropout that draws from the model's own noise (Srivastava et al. 2014, JMLR 15)."""

    def __init__(self, rate: float, noise: Noise) -> None:
        super().__init__()
        self.rate = rate
        self.noise = noise

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Silence a share `rate` of the units in training; nothing in evaluation."""
        if not self.training:
            return x
        kept = self.noise.uniform_like(x) >= self.rate
        return x * kept / (1.0 - self.rate)


class Residual(nn.Module):
    """`x + conv(f(conv(f(x))))`: a block that begins near the identity.

    He, Zhang, Ren & Sun 2016, "Identity Mappings in Deep Residual Networks", ECCV,
    arXiv:1603.05027: normalization and activation stand before each convolution.
    """

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        C = layer.in_shape[0]
        steps: list[nn.Module] = []
        for _ in range(2):
            steps += [nn.BatchNorm2d(C)] if layer.normalizes else []
            steps += [ACTIVATIONS[layer.function](), nn.Conv2d(C, C, 3, padding=1)]
        self.steps = nn.Sequential(*steps)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, C, H, W)` to the same shape."""
        changed: torch.Tensor = x + self.steps(x)
        return changed


class ConvToPoint(nn.Conv2d):
    """A convolution that leaves one place; computed as the matrix product that it then is.

    On a CPU that is ten times faster for wide kernels, half of which would see only padding.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, C_in, H, W)` to `(B, C_out, 1, 1)`."""
        rows, columns = _seen(self.padding, x.shape)
        seen = self.weight[:, :, rows, columns].flatten(1)  # (C_out, C_in * H * W)
        return nn.functional.linear(x.flatten(1), seen, self.bias)[:, :, None, None]


class DeconvFromPoint(nn.ConvTranspose2d):
    """A transposed convolution of one place, likewise."""

    def __init__(self, C_in: int, C_out: int, size: tuple[int, int], **form: Any) -> None:
        super().__init__(C_in, C_out, KERNEL, 2, padding=1, **form)
        self.size = size

    def forward(self, x: torch.Tensor, output_size: list[int] | None = None) -> torch.Tensor:
        """`(B, C_in, 1, 1)` to `(B, C_out, H, W)`."""
        rows, columns = _seen(self.padding, self.size)
        seen = self.weight[:, :, rows, columns]  # (C_in, C_out, H, W)
        y: torch.Tensor = (x.flatten(1) @ seen.flatten(1)).view(len(x), *seen.shape[1:])
        return y if self.bias is None else y + self.bias[:, None, None]


def _seen(padding: Any, size: Sequence[int]) -> tuple[slice, slice]:
    """Rows and columns of a kernel that meet the picture where there is but one place."""
    (top, left), (H, W) = padding, size[-2:]
    return slice(top, top + H), slice(left, left + W)


def build(layers: tuple[Layer, ...], noise: Noise) -> nn.Sequential:
    """Turn layers of a plan into modules, in order."""
    return nn.Sequential(*(_module(layer, noise) for layer in layers))


def _module(layer: Layer, noise: Noise) -> nn.Module:
    makers: dict[str, Callable[[], nn.Module]] = {
        "flatten": nn.Flatten,
        "unflatten": lambda: nn.Unflatten(1, layer.out_shape),
        "linear": lambda: nn.Linear(layer.in_shape[0], layer.out_shape[0]),
        "conv": lambda: _conv(layer),
        "deconv": lambda: _deconv(layer),
        "residual": lambda: Residual(layer),
        "project": lambda: nn.Conv2d(layer.in_shape[0], layer.out_shape[0], 1),
        "batch_norm": lambda: _batch_norm(layer),
        "dropout": lambda: Dropout(layer.rate, noise),
        "activation": lambda: _activation(layer),
    }
    return makers[layer.op]()


def _activation(layer: Layer) -> nn.Module:
    return ACTIVATIONS[layer.function]()


def _conv(layer: Layer) -> nn.Module:
    kernel = KERNEL if layer.stride == 2 else 3
    kind = ConvToPoint if layer.out_shape[1:] == (1, 1) else nn.Conv2d
    return kind(layer.in_shape[0], layer.out_shape[0], kernel, layer.stride, padding=1)


def _deconv(layer: Layer) -> nn.Module:
    C_in, C_out = layer.in_shape[0], layer.out_shape[0]
    H, W = layer.out_shape[1:]
    odd = (H % 2, W % 2)
    if layer.in_shape[1:] == (1, 1):
        return DeconvFromPoint(C_in, C_out, (H, W), output_padding=odd)
    return nn.ConvTranspose2d(C_in, C_out, KERNEL, 2, padding=1, output_padding=odd)


def _batch_norm(layer: Layer) -> nn.Module:
    of_pictures = len(layer.in_shape) == 3
    return (nn.BatchNorm2d if of_pictures else nn.BatchNorm1d)(layer.in_shape[0])
