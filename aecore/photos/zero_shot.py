"""A small network that learns to clean one photograph from that photograph alone."""

from __future__ import annotations

import time
from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecore.artifact import Progress, run_to_end
from aecore.errors import DataError
from aecore.photos.noise_level import noise_level
from aecore.photos.precision import fast_precision
from aecore.photos.restorer import Restored, put_tile
from aecore.photos.tiles import tiles
from aecore.photos.values import check_photo, n_colours_of, to_unit, white_of
from aecore.specs.run import Precision
from aecore.training.uncompiled import Adam

N_STEPS = 300
_CHANNELS = 48
_PATCH_PX = 64
_BATCH = 4
_LR = 5e-3
_MORE = 0.7
"""Noise that is added to what the network sees, of that which is there."""
_TILE_PX = 512
_MARGIN_PX = 4
_MIN_SIDE_PX = 8


class _ZeroShotNet(nn.Sequential):
    """Three convolutions that say what is noise in `(B, C, H, W)`."""

    def __init__(self, C: int) -> None:
        super().__init__(
            nn.Conv2d(C, _CHANNELS, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(_CHANNELS, C, 1),
        )


def zero_shot(
    x: np.ndarray,
    sigma: float | None = None,
    *,
    n_steps: int = N_STEPS,
    seed: int = 0,
    precision: Precision | None = None,
) -> Generator[Progress, None, Restored]:
    """Learn from a photograph to clean it; no other picture is seen.

    A network of the size of Zero-Shot Noise2Noise (Mansour & Heckel 2023, CVPR,
    arXiv:2303.11253), trained on pairs as in Recorrupted-to-Recorrupted (Pang, Zheng, Quan & Ji
    2021, CVPR): more noise z is added to the photograph on one side and taken from it on the
    other, `x + a z` and `x - z / a`, which makes two pictures whose noise is independent, at
    full size. What one shows the network learns to tell from the other. Each step sees random
    patches, so that learning takes as long for a large photograph as for a small one.

    It takes white noise for granted, and knows no other picture: it is for what is unlike any
    photograph. On photographs it is nearer than non-local means, and the restorer is nearer yet.

    Parameters
    ----------
    x
        `(C, H, W)`, as `aecore.photos.restorer.restore` takes it.
    sigma
        Deviation of the noise, a share of white; None: estimated.
    seed
        Decides weights, patches and noise.
    precision
        What it learns in; None: what this machine is fast in.

    Yields
    ------
    Progress
        In steps; closing the generator cancels.

    Raises
    ------
    DataError
        If this is no photograph, or under 8 pixels a side.
    """
    check_photo(x)
    is_bfloat16 = (precision or fast_precision()) == "bf16"
    n_colours, white = n_colours_of(x), white_of(x)
    H, W = x.shape[1:]
    if min(H, W) < _MIN_SIDE_PX:
        raise DataError(
            "A picture of {w} × {h} pixels is too small to learn from.",
            "Use one of {min_side_px} pixels a side or more.",
            w=W,
            h=H,
            min_side_px=_MIN_SIDE_PX,
        )
    if sigma is None:
        yield Progress("estimating the noise", 0, 1)
        sigma = noise_level(to_unit(x)).sigma
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = _ZeroShotNet(n_colours).to(memory_format=torch.channels_last)
    optimizer = Adam(net.parameters(), lr=_LR, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=_LR, total_steps=n_steps, pct_start=0.1
    )
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    told = time.monotonic()
    yield Progress("learning from the picture", 0, n_steps)
    for n_done in range(1, n_steps + 1):
        patches = torch.from_numpy(_drawn(x[:n_colours], rng) / np.float32(white))
        with torch.autocast("cpu", torch.bfloat16, enabled=is_bfloat16):
            loss = _loss(net, patches, sigma, generator)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        if time.monotonic() - told > 0.2:
            told = time.monotonic()
            yield Progress("learning from the picture", n_done, n_steps)
    x_hat = x.copy()
    parts = list(tiles((H, W), _TILE_PX, _MARGIN_PX, 1))
    for n_done, part in enumerate(parts, 1):
        with torch.inference_mode():
            values = torch.from_numpy(to_unit(part.seen_of(x)))[None]
            found = (values - net(values))[0].numpy()
        put_tile(x_hat, part, found)
        yield Progress("cleaning", n_done, len(parts))
    return Restored(x, x_hat)


def zero_shot_now(
    x: np.ndarray, sigma: float | None = None, *, n_steps: int = N_STEPS, seed: int = 0
) -> Restored:
    """As `zero_shot`, without telling how far it is."""
    return run_to_end(zero_shot(x, sigma, n_steps=n_steps, seed=seed))


def _drawn(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random patches of `(C, H, W)` with even sides, float32 `(B, C, side, side)`."""
    H, W = x.shape[1:]
    height, width = (min(_PATCH_PX, side - side % 2) for side in (H, W))
    drawn = []
    for _ in range(_BATCH):
        top, left = rng.integers(H - height + 1), rng.integers(W - width + 1)
        drawn.append(x[:, top : top + height, left : left + width])
    return np.stack(drawn).astype(np.float32)


def recorrupted(x: Tensor, sigma: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Two pictures of which the noise in one tells nothing of that in the other.

    Parameters
    ----------
    x
        Values `(B, C, H, W)` with white noise of deviation `sigma`.
    """
    z = sigma * torch.randn(x.shape, generator=generator)
    return x + _MORE * z, x - z / _MORE


def _loss(net: nn.Module, x: Tensor, sigma: float, generator: torch.Generator) -> Tensor:
    """Mean squared error of one picture of a pair, told from the other."""
    seen, wanted = recorrupted(x, sigma, generator)
    seen = seen.contiguous(memory_format=torch.channels_last)
    return F.mse_loss(seen - net(seen).float(), wanted)
