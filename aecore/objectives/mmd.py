"""Maximum mean discrepancy between the codes of a batch and the prior."""

from __future__ import annotations

import torch
from torch import Tensor

from aecore.objectives.term import Batch, Term

SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def mmd(batch: Batch) -> Tensor:
    """Unbiased `MMD^2` under inverse multiquadric kernels; a scalar, about 0 at the prior.

    Tolstikhin, Bousquet, Gelly & Schoelkopf 2018, "Wasserstein Auto-Encoders", ICLR,
    arXiv:1711.01558, algorithm 2: `k(a, b) = sum_s C_s / (C_s + |a - b|^2)` with
    `C_s = 2 D s`. The whole cloud of codes is pulled to N(0, I), not each code's own
    (so too InfoVAE, Zhao, Song & Ermon 2019, AAAI, arXiv:1706.02262).
    """
    z = batch.output.code.z.float()
    return imq_mmd(z, batch.model.noise.normal_like(z.detach()))


def imq_mmd(a: Tensor, b: Tensor) -> Tensor:
    """Unbiased `MMD^2` between two samples, `(n, D)` each."""
    n, D = a.shape
    if n < 2:
        return a.sum() * 0.0
    within = ~torch.eye(n, dtype=torch.bool, device=a.device)
    total = a.new_zeros(())
    for scale in SCALES:
        C = 2.0 * D * scale
        of_a = (C / (C + _squared_distances(a, a)))[within].sum()
        of_b = (C / (C + _squared_distances(b, b)))[within].sum()
        across = (C / (C + _squared_distances(a, b))).mean()
        total = total + (of_a + of_b) / (n * (n - 1)) - 2.0 * across
    return total


def _squared_distances(a: Tensor, b: Tensor) -> Tensor:
    apart = a.square().sum(1)[:, None] + b.square().sum(1)[None] - 2.0 * a @ b.T
    return apart.clamp_min(0.0)


TERM = Term("mmd", "batch", mmd)
