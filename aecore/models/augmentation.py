"""How pictures are varied each time they are learnt from: mirrored, moved by a few pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.models.networks import Noise
from aecore.specs.run import AugmentSpec


def augmented(x: Tensor, spec: AugmentSpec, noise: Noise) -> Tensor:
    """A varied copy of a batch of pictures.

    Parameters
    ----------
    x
        `(B, C, H, W)`; left as it is. Rows of a table are returned as they are.

    Returns
    -------
    Tensor
        `(B, C, H, W)`: each mirrored with a chance of one half, and moved by a whole number of
        pixels each way, where the border's pixels fill what comes into sight.
    """
    if x.ndim != 4:
        return x
    if spec.mirror:
        is_turned = noise.uniform_like(x[:, :1, :1, :1]) < 0.5  # (B, 1, 1, 1)
        x = torch.where(is_turned, x.flip(3), x)
    if spec.shift_px:
        B, _, H, W = x.shape
        far = 2 * spec.shift_px + 1
        drawn = noise.uniform_like(x.new_empty(2, B)) * far  # (2, B)
        down, right = drawn.long().clamp_max(far - 1) - spec.shift_px
        rows = torch.arange(H, device=x.device) + down[:, None]  # (B, H)
        columns = torch.arange(W, device=x.device) + right[:, None]  # (B, W)
        each = torch.arange(B, device=x.device)[:, None, None]
        rows, columns = rows.clamp(0, H - 1), columns.clamp(0, W - 1)
        x = x.permute(0, 2, 3, 1)[each, rows[:, :, None], columns[:, None]]  # (B, H, W, C)
        x = x.permute(0, 3, 1, 2)
    return x
