"""How far the local structure of a reconstruction is from that of the picture."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from aecore.errors import SpecError
from aecore.objectives.term import Batch, Term

WINDOW = 11
SIGMA_PX = 1.5


def ssim(batch: Batch) -> Tensor:
    """`1 - SSIM`; `(B,)`, from 0 (identical) to 2.

    Wang, Bovik, Sheikh & Simoncelli 2004, IEEE Transactions on Image Processing 13: a
    Gaussian window of 11 pixels and 1.5 deviation (smaller where the picture is), values
    in [0, 1], mean over places and channels. The same figure as `aecore.metrics` gives.

    Raises
    ------
    SpecError
        If the samples are rows.
    """
    x, x_hat = batch.x, batch.output.x_hat.float()
    if x.ndim != 4:
        raise SpecError("SSIM compares pictures; these samples are rows.", "Choose mse or huber.")
    size = min(WINDOW, (min(x.shape[2:]) - 1) // 2 * 2 + 1)
    at = torch.arange(size, device=x.device, dtype=x.dtype) - size // 2
    window = torch.exp(-0.5 * (at / SIGMA_PX) ** 2)
    window = window / window.sum()
    C = x.shape[1]

    def local_mean(values: Tensor) -> Tensor:
        down = conv2d(values, window.expand(C, 1, -1)[..., None], groups=C)
        return conv2d(down, window.expand(C, 1, -1)[:, :, None], groups=C)

    mean_a, mean_b = local_mean(x), local_mean(x_hat)
    var_a = local_mean(x * x) - mean_a**2
    var_b = local_mean(x_hat * x_hat) - mean_b**2
    covariance = local_mean(x * x_hat) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    similarity = ((2 * mean_a * mean_b + c1) * (2 * covariance + c2)) / (
        (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    )
    return 1.0 - similarity.flatten(1).mean(1)


TERM = Term("ssim", "sample", ssim)
