"""Holes of pictures, filled smoothly from what stands around them."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def is_known(x: Tensor) -> Tensor:
    """Where pictures `(B, C, H, W)` are not hidden, bool `(B, 1, H, W)`: what is hidden is 0 in
    all channels (`corruption`, occlusion)."""
    return (x != 0).any(1, keepdim=True)


def filled(x: Tensor, known: Tensor) -> Tensor:
    """Pictures with unknown pixels replaced by an average of known ones, the near ones first.

    Pull and push over halved pictures (Gortler, Grzeszczuk, Szeliski & Cohen 1996, "The
    Lumigraph", SIGGRAPH): each size is averaged over what is known of the finer one, and what is
    unknown of a finer one comes from the coarser.

    Parameters
    ----------
    x
        `(B, C, H, W)`.
    known
        bool `(B, 1, H, W)`.

    Examples
    --------
    >>> import torch
    >>> x = torch.tensor([[[[1.0, 0.0], [1.0, 1.0]]]])
    >>> filled(x, x != 0).tolist()
    [[[[1.0, 1.0], [1.0, 1.0]]]]
    """
    levels = [(x, known.to(x.dtype))]
    while max(levels[-1][0].shape[2:]) > 1:
        finer, weight = levels[-1]
        share = functional.avg_pool2d(weight, 2, ceil_mode=True)
        total = functional.avg_pool2d(finer * weight, 2, ceil_mode=True)
        levels.append((total / share.clamp_min(1e-6), (4 * share).clamp_max(1.0)))
    found = levels[-1][0]
    for finer, weight in reversed(levels[:-1]):
        coarse = functional.interpolate(
            found, finer.shape[2:], mode="bilinear", align_corners=False
        )
        found = weight * finer + (1 - weight) * coarse
    return found
