"""The network for noise as cameras write it: one that measures noise, one that is told of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecore.photos.noise_map import CELL_PX, N_TOLD, SCALES, opponent
from aecore.photos.unet import FINE, N_BLOCKS, WIDTHS, PhotoUNet

_LEAST = 0.1 / 255
_LEAST_POWER = (0.1 / 255) ** 2
_WIDTH, _N_SEEN = 64, 23
_FILTERS = {
    "both": ((1.0, -2.0, 1.0), (-2.0, 4.0, -2.0), (1.0, -2.0, 1.0)),
    "across": ((1.0, -2.0, 1.0),),
    "down": ((1.0,), (-2.0,), (1.0,)),
}


@dataclass(frozen=True)
class Turned:
    """How much more noise the network is told than was estimated, times; 1: as estimated.

    Parameters
    ----------
    luma, colour
        Noise of the brightness, and of the colours apart from it.
    coarse
        How much more of it neighbours share.
    everywhere
        Standard deviations, one for each channel of a map, that are told everywhere in place of
        what is estimated by place; shares of white.
    """

    luma: float = 1.0
    colour: float = 1.0
    coarse: float = 1.0
    everywhere: tuple[float, ...] | None = None

    def of(self, told: Tensor) -> Tensor:
        """A map `(B, N_TOLD, h, w)`, turned."""
        if self.everywhere is not None:
            levels = torch.tensor(self.everywhere, device=told.device, dtype=told.dtype)
            told = levels.view(1, N_TOLD, 1, 1).expand_as(told)
        each = [
            side * self.coarse ** math.log2(s) for side in (self.luma, self.colour) for s in SCALES
        ]
        factors = torch.tensor(each, device=told.device, dtype=told.dtype)
        return told * factors.view(1, N_TOLD, 1, 1)


AS_ESTIMATED = Turned()


def turned_by(luma: float, chroma: float, coarse: float) -> Turned | None:
    """How much more noise is told than was estimated; None: as estimated."""
    found = Turned(luma, chroma, coarse)
    return None if found == AS_ESTIMATED else found


class NoiseEstimator(nn.Module):
    """A noisy photograph in, how strong and how coarse its noise is out, by place.

    The part of CBDNet that estimates noise (Guo et al. 2019, CVPR, arXiv:1807.04686), small: it
    sees no pixels but how much cells of 16 of them hold of fine differences (Immerkaer 1996, CVIU
    64, and along both axes) at three scales, in luma and colour, in all of the cell and where it
    holds least, and how bright it is; all as logarithms.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(_N_SEEN, _WIDTH, 1)
        self.layers = nn.ModuleList(
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=reach, dilation=reach) for reach in (1, 2, 1)
        )
        self.last = nn.Conv2d(_WIDTH, N_TOLD, 1)
        self.straight = nn.Conv2d(_N_SEEN, N_TOLD, 1)
        for layer in (self.last, self.straight):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        with torch.no_grad():  # at first: the fine differences themselves
            for index in range(N_TOLD):
                self.straight.weight[index, index] = 1.0

    def forward(self, x: Tensor) -> Tensor:
        """Standard deviations `(B, N_TOLD, H / 16, W / 16)`, shares of white; see `noise_map`."""
        return self.of_differences(fine_differences(x.float()))

    def of_differences(self, seen: Tensor) -> Tensor:
        """The same, of what `fine_differences` gives."""
        seen = seen.to(self.first.weight.dtype)
        y = F.relu(self.first(seen))
        for layer in self.layers:
            y = y + F.relu(layer(y))
        logarithm: Tensor = self.last(y) + self.straight(seen)
        return logarithm.float().clamp(-9, 0.5).exp()


def fine_differences(x: Tensor) -> Tensor:
    """What `NoiseEstimator` sees of colours `(B, 3, H, W)`: `(B, 23, H / 16, W / 16)`.

    Logarithms of standard deviations, shares of white: the first six are those of `noise_map`, of
    white noise.
    """
    parts = opponent(x)
    whole: dict[str, list[Tensor]] = {name: [] for name in _FILTERS}
    least = []
    for scale in SCALES:
        y = F.avg_pool2d(parts, scale) * scale if scale > 1 else parts
        for name, kernel in _FILTERS.items():
            energy = _energy(y, kernel)  # (B, 2, h, w)
            whole[name].append(F.avg_pool2d(energy, CELL_PX // scale))
            if name == "both" and scale < 4:
                blocks = F.avg_pool2d(energy, 4)
                n = CELL_PX // scale // 4
                least.append(-F.max_pool2d(-blocks, n))
    each = [
        torch.cat([e[:, c : c + 1] for e in whole[name]], 1) for name in _FILTERS for c in (0, 1)
    ]
    power = torch.cat([*each, *least], 1)  # (B, 22, h, w)
    light = F.avg_pool2d(parts[:, :1], CELL_PX)
    return torch.cat([0.5 * (power + _LEAST_POWER).log(), light], 1)


def _energy(y: Tensor, kernel: tuple[tuple[float, ...], ...]) -> Tensor:
    """Mean squares of a filter that keeps the power of white noise, luma and colour."""
    window = torch.tensor(kernel, device=y.device, dtype=y.dtype)
    window = window / window.square().sum().sqrt()
    h, w = window.shape
    around = (w // 2, w // 2, h // 2, h // 2)
    found = F.conv2d(
        F.pad(y, around, mode="replicate"), window.expand(3, 1, h, w), groups=3
    ).square()
    return torch.cat([found[:, :1], found[:, 1:].mean(1, keepdim=True)], 1)


def estimator_loss(estimated: Tensor, true: Tensor) -> Tensor:
    """Mean absolute difference of logarithms, each patch of a batch, `(B,)`; 0 is perfect."""
    ratio = ((estimated + _LEAST) / (true + _LEAST)).log()
    return ratio.abs().mean((1, 2, 3))


class CameraNet(nn.Module):
    """Photographs in, clean ones out; how strong the noise is may be told, else it is estimated.

    Parameters
    ----------
    widths, n_blocks, fine
        As of `PhotoUNet`.
    """

    def __init__(
        self, widths: Sequence[int] = WIDTHS, n_blocks: int = N_BLOCKS, fine: int = FINE
    ) -> None:
        super().__init__()
        self.restorer = PhotoUNet(widths, n_blocks, fine, n_told=N_TOLD)
        self.estimator = NoiseEstimator()
        self.turned = AS_ESTIMATED

    def turned_by(self, turned: Turned) -> CameraNet:
        """The same weights, told more or less noise."""
        found = copy(self)
        found.turned = turned
        return found

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each level."""
        return self.restorer.widths

    @property
    def n_blocks(self) -> int:
        """Residual blocks of each level each way."""
        return self.restorer.n_blocks

    @property
    def fine(self) -> int:
        """Channels of the level at full size."""
        return self.restorer.fine

    @property
    def multiple_px(self) -> int:
        """Height and width must be multiples of this."""
        return math.lcm(CELL_PX, self.restorer.multiple_px)

    def noise(self, x: Tensor, told: Tensor | None = None) -> Tensor:
        """What is taken for noise in colours `(B, 3, H, W)`; of the same shape.

        Parameters
        ----------
        told
            Map `(B, N_TOLD, h, w)`, as `measured_map` has it; None: estimated.
        """
        told = self.turned.of(self.estimator(x)) if told is None else told
        return self.restorer.noise(x, told)


def learned_map(true: Tensor, estimated: Tensor, generator: torch.Generator) -> Tensor:
    """What patches are told in training: the truth, about a fifth wrong, or an estimate.

    So the network follows what it is told and forgives what an estimator errs.
    """
    B = len(true)
    drawn = torch.rand(B, 1, 1, 1, generator=generator, device=true.device)
    wrong = 0.2 * torch.randn(B, 1, 1, 1, generator=generator, device=true.device)
    each = 0.1 * torch.randn(B, N_TOLD, 1, 1, generator=generator, device=true.device)
    return torch.where(drawn < 0.5, true * (wrong + each).exp(), estimated.detach())
