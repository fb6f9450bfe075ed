"""Layers of a plan as torch modules."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from aecore.models.places import conv2d, deconv2d
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


def at_least_float32(x: torch.Tensor) -> torch.Tensor:
    """What a network gave in bfloat16, in float32; float64 stays."""
    return x if x.dtype == torch.float64 else x.float()


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

    def state(self) -> torch.Tensor:
        """Where it stands, for `resume`; uint8.

        Raises
        ------
        RuntimeError
            Before `seed`.
        """
        if self.generator is None:
            raise RuntimeError("the noise of a model has no state before it is seeded")
        return self.generator.get_state()

    def resume(self, state: torch.Tensor) -> None:
        """Go on from where `state` was taken; after `seed`."""
        if self.generator is not None:
            self.generator.set_state(state)

    def renew(self, state: torch.Tensor | None) -> None:
        """Go on from a generator's state with another one, the old one being of no use."""
        if self.generator is not None and state is not None:
            self.generator = torch.Generator(self.generator.device)
            self.generator.set_state(state)

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


class UnitLength(nn.Module):
    """`x / |x|`, each sample by its own Euclidean length; a sample of zeros stays."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, F)` to the same shape."""
        return nn.functional.normalize(x, dim=1)


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


def build(layers: tuple[Layer, ...], noise: Noise) -> nn.Sequential:
    """Turn layers of a plan into modules, in order."""
    return nn.Sequential(*(_module(layer, noise) for layer in layers))


def _module(layer: Layer, noise: Noise) -> nn.Module:
    makers: dict[str, Callable[[], nn.Module]] = {
        "flatten": nn.Flatten,
        "unit_length": UnitLength,
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
    (C_in, *_), (C_out, *size) = layer.in_shape, layer.out_shape
    return conv2d(C_in, C_out, size, kernel, layer.stride)


def _deconv(layer: Layer) -> nn.Module:
    (C_in, *size), (C_out, H, W) = layer.in_shape, layer.out_shape
    return deconv2d(C_in, C_out, size, KERNEL, (H % 2, W % 2))


def _batch_norm(layer: Layer) -> nn.Module:
    of_pictures = len(layer.in_shape) == 3
    return (nn.BatchNorm2d if of_pictures else nn.BatchNorm1d)(layer.in_shape[0])
