"""The network for noise as cameras write it: one that measures noise, one that is told of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecore.restore.noise_map import CELL_PX, N_TOLD, SCALES
from aecore.restore.unet import FINE, N_BLOCKS, WIDTHS, PhotoUNet

_LEAST = 0.1 / 255
_START_255 = 5.0
_WIDTHS = (32, 48, 48, 64)


@dataclass(frozen=True)
class Turned:
    """How much more noise the network is told than was estimated, times; 1: as estimated.

    Parameters
    ----------
    luma, colour
        Noise of the brightness, and of the colours apart from it.
    coarse
        How much more of it neighbours share.
    """

    luma: float = 1.0
    colour: float = 1.0
    coarse: float = 1.0

    def of(self, told: Tensor) -> Tensor:
        """A map `(B, N_TOLD, h, w)`, turned."""
        each = [
            side * self.coarse ** math.log2(s) for side in (self.luma, self.colour) for s in SCALES
        ]
        factors = torch.tensor(each, device=told.device, dtype=told.dtype)
        return told * factors.view(1, N_TOLD, 1, 1)


AS_ESTIMATED = Turned()


class NoiseEstimator(nn.Module):
    """A noisy photograph in, how strong and how coarse its noise is out, by place.

    The part of CBDNet that estimates noise (Guo et al. 2019, CVPR, arXiv:1807.04686), with one
    value for cells of 16 pixels.
    """

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = _WIDTHS
        self.layers = nn.ModuleList(
            [
                nn.Conv2d(12, a, 3, padding=1),  # of pixels folded 2 x 2
                nn.Conv2d(a, b, 3, padding=1, stride=2),
                nn.Conv2d(b, c, 3, padding=1, stride=2),
                nn.Conv2d(c, d, 3, padding=1, stride=2),
                nn.Conv2d(d, d, 3, padding=1),
            ]
        )
        self.last = nn.Conv2d(d, N_TOLD, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.constant_(self.last.bias, math.log(_START_255))  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Standard deviations `(B, N_TOLD, H / 16, W / 16)`, shares of white; see `noise_map`."""
        y = F.pixel_unshuffle(x, 2)
        for layer in self.layers:
            y = F.relu(layer(y))
        logarithm: Tensor = self.last(y)
        return logarithm.float().clamp(-4, 5).exp() / 255


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
