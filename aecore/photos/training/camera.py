"""What a camera makes of light, for training: noise of a Bayer mosaic as a JPEG file has it."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aecore.photos.training.degrade import Degraded, correlated, jpeg, to_grey
from aecore.photos.training.textures import PATTERNS, texture

_GAMMA = 2.2
_RMS = (1.2, 22.0)
"""Least and largest noise, of 255; as many of each magnitude."""
SHARE_WHITE, SHARE_CLEAN, SHARE_TEXTURE, SHARE_GREY = 0.14, 0.04, 0.1, 0.1
_BILINEAR = (
    ((0.25, 0.5, 0.25), (0.5, 1.0, 0.5), (0.25, 0.5, 0.25)),  # red and blue
    ((0.0, 0.25, 0.0), (0.25, 1.0, 0.25), (0.0, 0.25, 0.0)),  # green
)


def photographed(content: Tensor, seed: int, white_sigma_max: float = 55 / 255) -> Degraded:
    """Noise of a camera, of white, or none, put on each patch in its own way.

    The steps of a camera (Brooks et al. 2019, CVPR, arXiv:1811.11127; Wang et al. 2021, ICCVW,
    arXiv:2107.10833): noise of variance `a x + b` on a Bayer mosaic in linear light, demosaicing,
    white balance, a colour matrix, a tone curve, smoothing of luma and colour, sharpening, scaling,
    rows and bands, JPEG once or twice. Smoothing, sharpening and scaling are done to the noise
    alone: the clean patch is what the mean of many shots would be. Content is enlarged by 1 to 4
    in most, for a camera's pixels are finer than what its lens draws.

    Parameters
    ----------
    content
        `(B, 3, S, S)` in [0, 1], S a multiple of 16.
    seed
        Decides everything.
    """
    rng = np.random.default_rng(seed)
    generator = torch.Generator(content.device).manual_seed(int(rng.integers(2**62)))
    each = [_one(patch[None], rng, generator, white_sigma_max) for patch in content]
    return Degraded(torch.cat([x for x, _ in each]), torch.cat([clean for _, clean in each]))


def _one(
    content: Tensor, rng: np.random.Generator, generator: torch.Generator, white_sigma_max: float
) -> tuple[Tensor, Tensor]:
    side = content.shape[-1]
    if rng.random() < SHARE_TEXTURE:
        name = list(PATTERNS)[rng.integers(len(PATTERNS))]
        content = torch.from_numpy(texture(name, side, rng))[None].to(content.device)
        finer = 1.0
    else:
        finer = float(rng.uniform(1, 4)) if rng.random() < 0.75 else 1.0
    is_grey = rng.random() < SHARE_GREY
    if is_grey:
        content = to_grey(content)
    kind = rng.random()
    if kind < SHARE_WHITE + SHARE_CLEAN:
        clean = _resized(_part(content, side / min(finer, 2.0)), side).clamp(0, 1)
        sigma = white_sigma_max * rng.random() ** 1.5 if kind < SHARE_WHITE else 0.0
        noise = torch.randn(clean.shape, generator=generator, device=clean.device)
        noise = noise[:, :1] if is_grey else noise
        return clean + sigma * noise, clean
    zoom = float(rng.choice([1.0, rng.uniform(1, 2), rng.uniform(0.6, 1)], p=[0.5, 0.38, 0.12]))
    taken_px = 2 * round(side / zoom / 2)
    seen = _resized(_part(content, taken_px / finer), taken_px).clamp(0, 1)
    noise = camera_noise(seen, rng, generator)
    clean = _resized(seen, side).clamp(0, 1)
    noise = _resized(noise, side)
    rms = 10 ** rng.uniform(*np.log10(_RMS)) / 255
    noise = noise * (rms / noise.square().mean().sqrt().clamp(min=1e-6))
    if rng.random() < 0.15:
        noise = noise + bands(side, rng, generator).to(noise)
    if is_grey:
        noise = noise[:, 1:2]
    x = (clean + noise).clamp(0, 1)
    for _ in range(int(rng.choice([0, 1, 2], p=[0.15, 0.6, 0.25]))):
        x = written(x, rng)
    return (to_grey(x) if is_grey else x), clean


def written(x: Tensor, rng: np.random.Generator) -> Tensor:
    """A patch as JPEG has it, the grid anywhere, at a quality of 45 to 98; of three, one is at 75,
    which libjpeg takes where nobody says another."""
    drawn = 98 - 53 * float(rng.random()) ** 1.7
    quality = torch.full((len(x),), 75.0 if rng.random() < 0.35 else drawn, device=x.device)
    shift = (int(rng.integers(16)), int(rng.integers(16)))
    is_halved = rng.random() < 0.75
    moved = x.roll(shift, (2, 3))
    return jpeg(moved, quality, is_halved=is_halved).roll((-shift[0], -shift[1]), (2, 3))


def camera_noise(seen: Tensor, rng: np.random.Generator, generator: torch.Generator) -> Tensor:
    """What a camera adds to a clean patch, not clipped, `(1, 3, H, W)`; H and W even."""
    device = seen.device
    linear = _to_linear(seen)
    mix = _colour_matrix(rng).to(device)
    balance = torch.tensor([rng.uniform(1.2, 2.6), 1.0, rng.uniform(1.2, 2.6)], device=device)
    balance = balance.float().view(1, 3, 1, 1)
    raw = torch.einsum("ij,bjhw->bihw", torch.linalg.inv(mix), linear).clamp(min=0) / balance
    gain = 10 ** rng.uniform(-4, -1.8)
    offset = (10 ** rng.uniform(-3.7, -2.0)) ** 2
    normal = torch.randn(raw.shape, generator=generator, device=device)
    shot = (gain * raw + offset).sqrt() * normal
    noise = torch.einsum("ij,bjhw->bihw", mix, _demosaiced(shot) * balance)
    found = _to_display(linear + noise) - seen
    luma = found.mean(1, keepdim=True)
    colour = found - luma
    if rng.random() < 0.8:  # colour is smoothed more than luma
        colour = _soft(colour, rng.uniform(0.7, 3.0), int(rng.choice([1, 2, 4])))
        colour = colour * rng.uniform(0.2, 0.9)
    if rng.random() < 0.7:  # what smoothing leaves of luma is coarse, with a little that is fine
        smooth = _soft(luma, rng.uniform(0.4, 2.4), int(rng.choice([1, 2], p=[0.6, 0.4])))
        share = rng.uniform(0.0, 0.5)
        luma = (1 - share) * smooth + share * luma
    found = luma + colour
    if rng.random() < 0.5:
        blurred = correlated(found, torch.full((1, 1, 1, 1), 1.0, device=device)) * 0.28
        found = found + rng.uniform(0, 1.2) * (found - blurred)
    return found


def bands(side: int, rng: np.random.Generator, generator: torch.Generator) -> Tensor:
    """Rows or columns, each lighter or darker by chance, some of them together: `(1, 3, S, S)`."""
    lines = torch.randn(1, 3, side, 1, generator=generator, device=generator.device)
    lines = lines if rng.random() < 0.3 else lines[:, :1].expand(1, 3, side, 1)
    width = int(rng.choice([1, 1, 2, 4, 8]))
    lines = lines[:, :, : -(-side // width)].repeat_interleave(width, 2)[:, :, :side]
    lines = lines * (10 ** rng.uniform(0, 0.9) / 255)
    field = lines.expand(1, 3, side, side)
    return field if rng.random() < 0.6 else field.transpose(2, 3)


def _demosaiced(raw: Tensor) -> Tensor:
    """Each colour where a Bayer mosaic (RGGB) has it, the rest between its neighbours."""
    H, W = raw.shape[2:]
    mask = torch.zeros(3, H, W, device=raw.device)
    mask[0, ::2, ::2] = mask[1, ::2, 1::2] = mask[1, 1::2, ::2] = mask[2, 1::2, 1::2] = 1
    other, green = (torch.tensor(w, device=raw.device) for w in _BILINEAR)
    kernel = torch.stack([other, green, other])[:, None]  # (3, 1, 3, 3)
    return F.conv2d(F.pad(raw * mask, (2, 2, 2, 2), mode="reflect"), kernel, groups=3)[
        :, :, 1:-1, 1:-1
    ]


def _colour_matrix(rng: np.random.Generator) -> Tensor:
    """From a sensor's colours to the screen's: rows sum to 1; 0: the same colours."""
    amount = rng.uniform(0, 1)
    full = np.array([[1.75, -0.6, -0.15], [-0.2, 1.6, -0.4], [0.0, -0.55, 1.55]])
    return torch.from_numpy(((1 - amount) * np.eye(3) + amount * full).astype(np.float32))


def _to_linear(x: Tensor) -> Tensor:
    return x.clamp(0, 1) ** _GAMMA


def _to_display(linear: Tensor) -> Tensor:
    return linear.clamp(1e-5, 1.5) ** (1 / _GAMMA)


def _soft(noise: Tensor, softness_px: float, factor: int) -> Tensor:
    """Smoothed with a Gaussian window of so many px times a factor; as strong as before."""
    H, W = noise.shape[2:]
    rms = noise.square().mean().sqrt()
    small = F.avg_pool2d(noise, factor, ceil_mode=True) if factor > 1 else noise
    small = correlated(small, torch.full((1, 1, 1, 1), softness_px / math.sqrt(factor)).to(noise))
    found = F.interpolate(small, size=(H, W), mode="bilinear", align_corners=False)
    return found * (rms / found.square().mean().sqrt().clamp(min=1e-9))


def _part(x: Tensor, side: float) -> Tensor:
    keep = min(x.shape[-1], max(8, round(side)))
    return x[..., :keep, :keep]


def _resized(x: Tensor, side: int) -> Tensor:
    if x.shape[-1] == side:
        return x
    is_smaller = side < x.shape[-1]
    return F.interpolate(
        x, size=(side, side), mode="bicubic", align_corners=False, antialias=is_smaller
    )
