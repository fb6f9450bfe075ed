"""What the input suffers before a denoising autoencoder's encoder sees it.

Vincent, Larochelle, Bengio & Manzagol 2008, "Extracting and Composing Robust
Features with Denoising Autoencoders", ICML.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from aecore.errors import SpecError
from aecore.models.networks import Noise
from aecore.specs.run import OF_PICTURES, CorruptionSpec


def corrupt(x: Tensor, spec: CorruptionSpec, noise: Noise, *, unit: bool = True) -> Tensor:
    """A corrupted copy of a batch.

    Parameters
    ----------
    x
        `(B, *shape)`; left as it is.
    unit
        Whether values live in [0, 1]; only then are noisy values clipped.

    Returns
    -------
    Tensor
        `(B, *shape)`.

        gaussian: `x + mean + level * N(0, 1)`; masking: a share `level` of the features is 0;
        dropout: the same, and the rest divided by `1 - level` so that the mean stays
        (Srivastava et al. 2014, JMLR 15); salt_pepper: a share `level` is 0 or 1, each with
        equal chance; occlusion: one rectangle of the area `level`, somewhere, is 0; downscale:
        made smaller by `2 ** level` and brought back by bicubic interpolation; blur: a Gaussian
        window of `level` pixels standard deviation; swap: a share `level` of the features has the
        value of another sample of the batch, drawn for each feature, so that single values stay
        possible and only what belongs together is broken.

    Raises
    ------
    SpecError
        If rows are asked to suffer what only pictures can.
    """
    if spec.kind in OF_PICTURES and x.ndim != 4:
        raise SpecError(
            "{kind} needs pictures; these samples are rows.",
            "Choose gaussian, masking, swap or dropout.",
            kind=spec.kind.capitalize(),
        )
    if spec.kind == "none":
        return x
    suffered = _KINDS[spec.kind](x, spec, noise)
    return suffered.clamp(0.0, 1.0) if spec.kind == "gaussian" and spec.clip and unit else suffered


def _gaussian(x: Tensor, spec: CorruptionSpec, noise: Noise) -> Tensor:
    return x + spec.mean + spec.level * noise.normal_like(x)


def _masking(x: Tensor, spec: CorruptionSpec, noise: Noise) -> Tensor:
    return x * (noise.uniform_like(x) >= spec.level)


def _dropout(x: Tensor, spec: CorruptionSpec, noise: Noise) -> Tensor:
    return _masking(x, spec, noise) / (1.0 - spec.level)


def _swap(x: Tensor, spec: CorruptionSpec, noise: Noise) -> Tensor:
    donors = (noise.uniform_like(x) * len(x)).long().clamp_max(len(x) - 1)
    return torch.where(noise.uniform_like(x) < spec.level, x.gather(0, donors), x)


def _salt_pepper(x: Tensor, spec: CorruptionSpec, noise: Noise) -> Tensor:
    u = noise.uniform_like(x)
    pepper = u < spec.level / 2
    salt = (u >= spec.level / 2) & (u < spec.level)
    return x.masked_fill(pepper, 0.0).masked_fill(salt, 1.0)


def _occlusion(x: Tensor, spec: CorruptionSpec, noise: Noise) -> Tensor:
    return x * ~_rectangles(x, spec.level, noise)


def _rectangles(x: Tensor, share: float, noise: Noise) -> Tensor:
    """One rectangle a picture, of this share of its area and of any shape up to 2 to 1."""
    B, _, H, W = x.shape
    u = noise.uniform_like(torch.empty(B, 3, device=x.device))  # shape, top, left
    stretch = torch.exp((u[:, 0] - 0.5) * math.log(2.0))  # from 1 / sqrt(2) to sqrt(2)
    height = (H * math.sqrt(share) * stretch).clamp(max=H)
    width = (share * H * W / height.clamp_min(1e-6)).clamp(max=W)
    top, left = u[:, 1] * (H - height), u[:, 2] * (W - width)
    rows = torch.arange(H, device=x.device) + 0.5
    columns = torch.arange(W, device=x.device) + 0.5
    in_rows = (rows > top[:, None]) & (rows < (top + height)[:, None])  # (B, H)
    in_columns = (columns > left[:, None]) & (columns < (left + width)[:, None])  # (B, W)
    return (in_rows[:, :, None] & in_columns[:, None, :])[:, None]  # (B, 1, H, W)


def _downscale(x: Tensor, spec: CorruptionSpec, noise: Noise) -> Tensor:
    n_halvings = spec.level
    H, W = x.shape[2:]
    small = (max(1, round(H / 2**n_halvings)), max(1, round(W / 2**n_halvings)))
    if small == (H, W):
        return x
    less = functional.interpolate(x, small, mode="area")
    back = functional.interpolate(less, (H, W), mode="bicubic", align_corners=False)
    darkest, brightest = (of(x, (1, 2, 3), keepdim=True) for of in (torch.amin, torch.amax))
    return torch.minimum(torch.maximum(back, darkest), brightest)  # bicubic overshoots


def _blur(x: Tensor, spec: CorruptionSpec, noise: Noise) -> Tensor:
    sigma_px = spec.level
    radius = min(math.ceil(3 * sigma_px), min(x.shape[2:]) - 1)
    if radius < 1:
        return x
    at = torch.arange(-radius, radius + 1, device=x.device, dtype=x.dtype)
    window = torch.exp(-0.5 * (at / sigma_px) ** 2)
    window = (window / window.sum()).expand(x.shape[1], 1, -1)  # (C, 1, K)
    padded = functional.pad(x, (radius,) * 4, mode="reflect")
    down = functional.conv2d(padded, window[..., None], groups=x.shape[1])
    return functional.conv2d(down, window[:, :, None], groups=x.shape[1])


_KINDS: dict[str, Callable[[Tensor, CorruptionSpec, Noise], Tensor]] = {
    "gaussian": _gaussian,
    "masking": _masking,
    "dropout": _dropout,
    "salt_pepper": _salt_pepper,
    "swap": _swap,
    "occlusion": _occlusion,
    "downscale": _downscale,
    "blur": _blur,
}
