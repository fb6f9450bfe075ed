"""The trained network, trained a little further on the one photograph that it is to clean."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor

from aecore.artifact import Progress, run_to_end
from aecore.photos.camera_net import CameraNet
from aecore.photos.cut_noise import undo_clipping
from aecore.photos.noise_level import CUT_SIGMAS, is_cut_off
from aecore.photos.restorer import Restored, Restorer
from aecore.photos.risk import NoiseAt
from aecore.photos.unet import PhotoUNet
from aecore.photos.values import n_colours_of, to_unit, white_of
from aecore.training.muon import Muon

N_STEPS = 100
_PATCH_PX = 96
_WHOLE_PX = 256 * 256
"""Of a smaller photograph as many steps fewer: it is soon known by heart, noise and all."""
_BATCH = 6
_LR = 1.2e-3
_WARMUP_STEPS = 5
_LEAST_WHOLE = 0.5
"""Share of values with whole noise: with less, 8-bit photographs of sigma 50 came out worse."""
_PROBE = 0.1
"""How far a probe moves the picture, of the noise's deviation."""


def tuning(
    restored: Restored,
    restorer: Restorer,
    sigma: float,
    noise: NoiseAt | None = None,
    *,
    n_views: int = 1,
    n_steps: int | None = None,
    seed: int = 0,
) -> Generator[Progress, None, Restorer]:
    """Train a copy of the network to clean this photograph; closing the generator cancels.

    The loss has two parts. Stein's unbiased estimate of the error needs no clean picture; less a
    constant it is `mean (x - f(x))² + 2 mean sigma² div f` (Stein 1981, Annals of Statistics 9; to
    learn from: Soltanayev & Chun 2018, NeurIPS, arXiv:1803.01314; for one picture: Mohan et al.
    2021, "Adaptive denoising via GainTuning", NeurIPS, arXiv:2107.12815, where only gains are
    trained). The divergence is taken along one random direction of each patch (Ramani, Blu & Unser
    2008, IEEE TIP 17); where black and white have cut noise off, this part is left out. And new
    noise is put on what the network made of the photograph before, which it is to find again
    (Vaksman, Elad & Milanfar 2020, "LIDIA", CVPR workshops, arXiv:1911.07167): that keeps it from
    learning the photograph's own noise by heart.

    Each step sees random patches, turned and mirrored by chance, so that learning takes as long for
    a photograph of twelve megapixels as for one of 256 x 256. It takes noise that is independent
    from pixel to pixel and whose deviation is known: with a wrong one the result is worse.

    Parameters
    ----------
    restored
        What the network made of the photograph before, at full strength.
    sigma, noise
        Deviation of the noise, a share of white; `noise` may say how it hangs on the brightness.
    n_views
        Views of the restorer that comes back.
    n_steps
        None: 100, and fewer for a photograph of less than 256 x 256 pixels.
    seed
        Decides patches and directions.

    Yields
    ------
    Progress
        In steps.

    Returns
    -------
    Restorer
        Of the network that was trained; of the one that `restorer` has where the photograph is
        under 96 pixels a side, has no noise, or where most of it is so near to black and white
        that noise was cut off.
    """
    x, n_colours = restored.x, n_colours_of(restored.x)
    H, W = x.shape[1:]
    if min(H, W) < _PATCH_PX or sigma <= 0:
        return restorer.with_network(restorer.net, n_views)
    white = white_of(x)
    is_cut = is_cut_off(x[:n_colours], white)
    margin = CUT_SIGMAS * sigma if is_cut else -math.inf
    colours = restored.x_hat[:n_colours]
    is_whole = (colours > margin * white) & (colours < (1 - margin) * white)
    if is_whole.mean() < _LEAST_WHOLE:
        return restorer.with_network(restorer.net, n_views)
    whole = undo_clipping(restored, sigma, noise) if is_cut else restored
    pictures = (x, restored.x_hat, whole.x_hat)
    net = deepcopy(restorer.net).to(restorer.device, torch.float32).requires_grad_(True)
    optimizer = Muon(net.to(memory_format=torch.channels_last), _LR)
    if n_steps is None:
        n_steps = max(1, round(N_STEPS * min(1.0, H * W / _WHOLE_PX)))
    rng, generator = np.random.default_rng(seed), torch.Generator(restorer.device)
    generator.manual_seed(seed)
    told = time.monotonic()
    yield Progress("tuning to this photograph", 0, n_steps)
    for n_done in range(1, n_steps + 1):
        drawn = torch.from_numpy(_drawn(pictures, rng)).to(restorer.device)
        seen, found, clean = torch.split(drawn, n_colours, 1)
        with torch.autocast(restorer.device.type, torch.bfloat16, restorer.is_bfloat16):
            loss = _loss(net, seen, found, clean, sigma, noise, margin, generator)
        net.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step(_LR * min(1.0, n_done / _WARMUP_STEPS) * (1 - (n_done - 1) / n_steps))
        if time.monotonic() - told > 0.2:
            told = time.monotonic()
            yield Progress("tuning to this photograph", n_done, n_steps)
    return restorer.with_network(net, n_views)


def tuned(
    restored: Restored,
    restorer: Restorer,
    sigma: float,
    *,
    n_views: int = 1,
    n_steps: int | None = None,
) -> Restorer:
    """As `tuning`, without telling how far it is."""
    return run_to_end(tuning(restored, restorer, sigma, n_views=n_views, n_steps=n_steps))


def _drawn(pictures: tuple[np.ndarray, ...], rng: np.random.Generator) -> np.ndarray:
    """Random squares, the same of each picture, turned and mirrored: `(B, 3 C, h, w)`."""
    H, W = pictures[0].shape[1:]
    drawn = []
    for _ in range(_BATCH):
        top, left = rng.integers(H - _PATCH_PX + 1), rng.integers(W - _PATCH_PX + 1)
        place = np.s_[:, top : top + _PATCH_PX, left : left + _PATCH_PX]
        square = np.concatenate([to_unit(picture[place]) for picture in pictures])
        turned = np.rot90(square, int(rng.integers(4)), (1, 2))
        drawn.append(turned[..., ::-1] if rng.random() < 0.5 else turned)
    return np.stack(drawn)


def _loss(
    net: PhotoUNet | CameraNet,
    x: Tensor,
    x_hat: Tensor,
    clean: Tensor,
    sigma: float,
    noise: NoiseAt | None,
    margin: float,
    generator: torch.Generator,
) -> Tensor:
    """Over sigma², of patches `(B, C, h, w)`.

    Parameters
    ----------
    x, x_hat
        As they came, and what the network made of them before.
    clean
        The latter with what was cut off put right.
    margin
        Nearer than this to black and white noise was cut off; negative: nowhere.
    """

    def normal() -> Tensor:
        return torch.randn(x.shape, generator=generator, device=x.device)

    deviation = sigma if noise is None else _deviation(clean, noise)
    direction = normal()
    step = _PROBE * sigma * direction
    again = clean + deviation * normal()
    if margin > 0:
        again = again.clamp(0, 1)
    seen = torch.cat([x + step, x - step, again])
    three = seen.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
    taken = net.noise(three).float()
    if x.shape[1] == 1:
        taken = taken.mean(1, keepdim=True)
    above, below, found = (seen - taken).chunk(3)
    slope = direction * (above - below) / (2 * _PROBE * sigma)
    risk = ((above + below) / 2 - x).square() + 2 * deviation**2 * slope
    is_whole = (x_hat > margin) & (x_hat < 1 - margin)
    return (risk * is_whole + (found - x_hat).square()).mean() / sigma**2


def _deviation(x_hat: Tensor, noise: NoiseAt) -> Tensor:
    """Of noise that hangs on the brightness, for clean `(B, C, h, w)`: `(B, 1, h, w)`."""
    found = noise(x_hat.mean(1, keepdim=True).cpu().numpy())
    return torch.from_numpy(np.asarray(found, np.float32)).to(x_hat.device)
