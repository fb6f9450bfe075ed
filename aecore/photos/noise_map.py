"""What a network is told of noise: how strong and how coarse, in luma and colour, by place."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

SCALES = (1, 2, 4)
"""The noise is measured as it is, at half and at a quarter of the size."""
N_TOLD = 2 * len(SCALES)
"""Luma at each scale, then colour at each scale."""
CELL_PX = 16
"""Side of what one value of a map stands for."""
_OPPONENT = (
    (1 / math.sqrt(3), 1 / math.sqrt(3), 1 / math.sqrt(3)),
    (1 / math.sqrt(2), 0.0, -1 / math.sqrt(2)),
    (1 / math.sqrt(6), -2 / math.sqrt(6), 1 / math.sqrt(6)),
)


def opponent(x: Tensor) -> Tensor:
    """Luma and two colour differences of `(B, 3, H, W)`, orthonormal: white noise stays white."""
    matrix = torch.tensor(_OPPONENT, device=x.device, dtype=x.dtype)
    return torch.einsum("ij,bjhw->bihw", matrix, x)


def measured_map(noise: Tensor) -> Tensor:
    """How strong noise is, of the noise itself.

    At scale s, means of s x s pixels times s: the same as at full size for white noise, up to s
    times as much for noise that neighbours share, less for noise that is finer than white.

    Parameters
    ----------
    noise
        `(B, 3, H, W)`, shares of white; H and W multiples of `CELL_PX`.

    Returns
    -------
    Tensor
        Standard deviations `(B, N_TOLD, H / CELL_PX, W / CELL_PX)`, each over 3 x 3 cells.
    """
    parts = opponent(noise)
    found = []
    for scale in SCALES:
        power = (F.avg_pool2d(parts, scale) * scale).square() if scale > 1 else parts.square()
        found.append(F.avg_pool2d(power, CELL_PX // scale))  # (B, 3, h, w)
    luma = [power[:, :1] for power in found]
    colour = [power[:, 1:].mean(1, keepdim=True) for power in found]
    cells = torch.cat([*luma, *colour], 1)  # (B, N_TOLD, h, w)
    near = F.avg_pool2d(cells, 3, stride=1, padding=1, count_include_pad=False)
    return near.sqrt()


def white_map(sigma: Tensor) -> Tensor:
    """The map of white noise of deviations `(B,)`: `(B, N_TOLD, 1, 1)`."""
    return sigma.view(-1, 1, 1, 1).expand(-1, N_TOLD, 1, 1)
