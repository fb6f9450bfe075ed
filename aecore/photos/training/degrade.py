"""What a photograph suffers before the network sees it in training: noise, JPEG."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

SIGMA_MAX = 75 / 255
"""Strongest Gaussian noise, as a share of white."""
SHARE_GREY = 0.4
SHARE_PLAIN = 0.85
"""Of patches with Gaussian noise of one level and nothing else."""
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Degraded:
    """Patches as the network sees them, and as they were; floats `(B, 3, H, W)` both."""

    x: Tensor
    clean: Tensor


def degraded(clean: Tensor, generator: torch.Generator) -> Degraded:
    """Degrade each patch in its own way.

    Four of ten become grey first (one luma, and one noise for all channels). Of a hundred, 85 get
    white Gaussian noise, not clipped, of a deviation up to `SIGMA_MAX`, low ones more often; three
    stay clean. The others are like what a camera or a phone writes: noise of variance `a x + b`,
    correlated between neighbours in every second one, clipped, and compressed as JPEG in every
    second one.

    Parameters
    ----------
    clean
        `(B, 3, H, W)` in [0, 1].
    generator
        Decides everything; on the device of `clean`.
    """
    B = len(clean)

    def uniform(low: float = 0.0, high: float = 1.0) -> Tensor:
        drawn = torch.rand(B, 1, 1, 1, generator=generator, device=clean.device)
        return low + (high - low) * drawn

    def chosen(share: float) -> Tensor:
        return uniform() < share

    grey = chosen(SHARE_GREY)
    clean = torch.where(grey, to_grey(clean), clean)
    normal = torch.empty_like(clean).normal_(generator=generator)
    normal = torch.where(grey, normal[:, :1], normal)
    kind = uniform()
    is_plain, is_clean = kind < SHARE_PLAIN, kind > 0.97
    sigma = SIGMA_MAX * uniform() ** 1.5
    plain = clean + sigma * normal
    # as a camera writes it
    rows = (~is_plain & ~is_clean).flatten().nonzero().flatten()
    a, b = uniform(0, 0.03) * chosen(0.7), (uniform(0, 30 / 255) * chosen(0.8)) ** 2
    softness, is_soft = uniform(0.3, 0.9), chosen(0.5)
    quality, is_jpeg = uniform(25, 95), chosen(0.5)
    x = torch.where(is_clean, clean, plain)
    if len(rows):
        seen, noise = clean[rows], normal[rows]
        noise = torch.where(is_soft[rows], correlated(noise, softness[rows]), noise)
        taken = (seen + (a[rows] * seen + b[rows]).sqrt() * noise).clamp(0, 1)
        written = jpeg(taken, quality[rows].flatten())
        x = x.index_copy(0, rows, torch.where(is_jpeg[rows], written, taken))
    return Degraded(x, clean)


def to_grey(x: Tensor) -> Tensor:
    """Rec. 601 luma of `(B, 3, H, W)`, three times."""
    luma = torch.tensor(_LUMA, device=x.device, dtype=x.dtype).view(1, 3, 1, 1)
    return (luma * x).sum(1, keepdim=True).expand_as(x)


def correlated(noise: Tensor, softness_px: Tensor) -> Tensor:
    """White noise `(B, C, H, W)` blurred, and as strong as before.

    What a camera interpolates, scales or smooths leaves noise whose neighbours are alike.

    Parameters
    ----------
    softness_px
        Deviation of the Gaussian window, `(B, 1, 1, 1)`.
    """
    B, C, H, W = noise.shape
    offsets = torch.arange(-3, 4, device=noise.device, dtype=noise.dtype)
    window = torch.exp(-0.5 * (offsets / softness_px.view(B, 1)) ** 2)  # (B, 7)
    window = window / window.square().sum(1, keepdim=True).sqrt()  # keeps the variance
    window = window.repeat_interleave(C, 0)  # (BC, 7)
    flat = F.pad(noise.reshape(1, B * C, H, W), (3, 3, 3, 3), mode="reflect")
    flat = F.conv2d(flat, window.view(B * C, 1, 1, 7), groups=B * C)
    flat = F.conv2d(flat, window.view(B * C, 1, 7, 1), groups=B * C)
    return flat.view(B, C, H, W)


# JPEG ----------------------------------------------------------------------------------

# The example tables of ITU-T T.81 (1992), annex K.1, which encoders scale by the quality.
_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMINANCE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
)
_TO_YCBCR = (
    (0.299, 0.587, 0.114),
    (-0.168735892, -0.331264108, 0.5),
    (0.5, -0.418687589, -0.081312411),
)
_TO_RGB = ((1.0, 0.0, 1.402), (1.0, -0.344136286, -0.714136286), (1.0, 1.772, 0.0))


def jpeg(x: Tensor, quality: Tensor, *, is_halved: bool = True) -> Tensor:
    """What JPEG makes of pictures, with colours at half size (4:2:0) or at full; ITU-T T.81.

    Parameters
    ----------
    x
        `(B, 3, H, W)` in [0, 1]; H and W multiples of 16.
    quality
        1 to 100, as encoders take it, `(B,)`.
    is_halved
        Whether colours are kept at half the size.

    Returns
    -------
    Tensor
        Of the shape of `x`, in steps of 1/255.
    """
    to_ycbcr = torch.tensor(_TO_YCBCR, device=x.device, dtype=x.dtype)
    ycbcr = torch.einsum("ij,bjhw->bihw", to_ycbcr, (255 * x).round())
    scale = torch.where(quality < 50, 5000 / quality.clamp(min=1), 200 - 2 * quality) / 100
    luma = _quantized(ycbcr[:, :1] - 128, _LUMINANCE, scale) + 128
    kept = F.avg_pool2d(ycbcr[:, 1:], 2) if is_halved else ycbcr[:, 1:]
    chroma = _quantized(kept, _CHROMINANCE, scale)
    if is_halved:
        chroma = F.interpolate(chroma, scale_factor=2, mode="bilinear", align_corners=False)
    back = torch.tensor(_TO_RGB, device=x.device, dtype=x.dtype)
    rgb = torch.einsum("ij,bjhw->bihw", back, torch.cat([luma, chroma], 1))
    return rgb.round().clamp(0, 255) / 255


def _quantized(x: Tensor, table: tuple[tuple[int, ...], ...], scale: Tensor) -> Tensor:
    """Blocks of 8 x 8 of `(B, C, H, W)`, their cosine transform rounded to steps of the table."""
    B, C, H, W = x.shape
    steps = torch.tensor(table, device=x.device, dtype=x.dtype)
    steps = (steps * scale.view(B, 1, 1, 1, 1, 1)).round().clamp(1, 255)  # (B, 1, 1, 1, 8, 8)
    cosines = _cosines(x.device, x.dtype)
    blocks = x.view(B, C, H // 8, 8, W // 8, 8).transpose(3, 4)  # (B, C, H/8, W/8, 8, 8)
    found = (cosines @ blocks @ cosines.T / steps).round() * steps
    return (cosines.T @ found @ cosines).transpose(3, 4).reshape(B, C, H, W)


def _cosines(device: torch.device, dtype: torch.dtype) -> Tensor:
    """The orthonormal cosine transform of eight values, `(8, 8)`."""
    k = torch.arange(8, dtype=torch.float64)  # on the CPU: Apple's GPU has no such numbers
    rows = torch.cos(math.pi * (2 * k + 1) * k[:, None] / 16) / 2
    rows[0] /= math.sqrt(2)
    return rows.to(device, dtype)
