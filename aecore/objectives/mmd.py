"""Maximum mean discrepancy between the codes of a batch and the prior."""

from __future__ import annotations

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
    in_a, in_b, across = (_squared_distances(*pair) for pair in ((a, a), (b, b), (a, b)))
    total = a.new_zeros(())
    for scale in SCALES:
        C = 2.0 * D * scale
        within = _sum_of_others(C / (C + in_a)) + _sum_of_others(C / (C + in_b))
        total = total + within / (n * (n - 1)) - 2.0 * (C / (C + across)).mean()
    return total


def _sum_of_others(kernel: Tensor) -> Tensor:
    """Sum of `(n, n)` without its diagonal; a mask would make a GPU wait for the host."""
    return kernel.sum() - kernel.diagonal().sum()


def _squared_distances(a: Tensor, b: Tensor) -> Tensor:
    apart = a.square().sum(1)[:, None] + b.square().sum(1)[None] - 2.0 * a @ b.T
    return apart.clamp_min(0.0)


TERM = Term("mmd", "batch", mmd)
