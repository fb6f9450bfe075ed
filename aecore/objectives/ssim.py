"""How far the local structure of a reconstruction is from that of the picture."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from aecore.errors import SpecError
from aecore.objectives.similarity import RADIUS_PX, SIGMA_PX, border, similarity
from aecore.objectives.term import Batch, Term


def ssim(batch: Batch) -> Tensor:
    """`1 - SSIM`; `(B,)`, from 0 (identical) to 2.

    Wang, Bovik, Sheikh & Simoncelli 2004; see `similarity`. Mean over places and channels, for
    values in [0, 1]: the same figure as `aecore.metrics` gives.

    Raises
    ------
    SpecError
        If the samples are rows.
    """
    x, x_hat = batch.x, batch.output.x_hat.float()
    if x.ndim != 4:
        raise SpecError("SSIM compares pictures; these samples are rows.", "Choose mse or huber.")
    C, H, W = x.shape[1:]
    margin = RADIUS_PX - border(H, W)
    at = torch.arange(-RADIUS_PX, RADIUS_PX + 1, device=x.device, dtype=x.dtype)
    window = torch.exp(-0.5 * (at / SIGMA_PX) ** 2)
    window = window / window.sum()

    def local_mean(values: Tensor) -> Tensor:
        down = conv2d(values, window.expand(C, 1, -1)[..., None], groups=C)
        return conv2d(down, window.expand(C, 1, -1)[:, :, None], groups=C)

    a, b = (_mirrored(_mirrored(values, 2, margin), 3, margin) for values in (x, x_hat))
    found: Tensor = similarity(a, b, local_mean)
    return 1.0 - found.flatten(1).mean(1)


def _mirrored(values: Tensor, dim: int, margin: int) -> Tensor:
    """So many more at both ends of a dimension: `b a | a b c d | d c`."""
    if not margin:
        return values
    n = values.shape[dim]
    at = torch.arange(-margin, n + margin, device=values.device).remainder(2 * n)
    return values.index_select(dim, torch.minimum(at, 2 * n - 1 - at))


TERM = Term("ssim", "sample", ssim)
