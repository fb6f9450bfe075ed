"""A small network that learns to clean one photograph from that photograph alone."""

from __future__ import annotations

import time
from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecore.errors import DataError
from aecore.restore.restorer import Restored, check_photo, n_colours_of, put_tile, white_of
from aecore.restore.tiles import tiles
from aecore.restore.unet import fast_on_cpu
from aecore.store import Progress

N_STEPS = 300
_CHANNELS = 48
_PATCH_PX = 64
_BATCH = 4
_LR = 2e-3
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


def halves(x: Tensor) -> tuple[Tensor, Tensor]:
    """Two pictures of half the size, `(B, C, H/2, W/2)`, from the diagonals of 2 x 2 blocks.

    They show nearly the same, and white noise in one tells nothing of the noise in the other.
    """
    a = x[..., 0::2, 0::2], x[..., 1::2, 1::2]
    b = x[..., 0::2, 1::2], x[..., 1::2, 0::2]
    return (a[0] + a[1]) / 2, (b[0] + b[1]) / 2


def zero_shot(
    x: np.ndarray, *, n_steps: int = N_STEPS, seed: int = 0
) -> Generator[Progress, None, Restored]:
    """Learn from a photograph to clean it; no other picture is seen.

    Zero-Shot Noise2Noise: Mansour & Heckel 2023, CVPR, arXiv:2303.11253. The photograph is cut
    into two of half the size whose noise is independent; a small network learns to tell from one
    what the other shows, and to do the same before and after halving. It takes white noise for
    granted. Here it sees random patches instead of the whole picture in each step, so that time
    does not grow with the picture.

    Parameters
    ----------
    x
        `(C, H, W)`, as `aecore.restore.restorer.restore` takes it.
    seed
        Decides weights and patches.

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
    n_colours, white = n_colours_of(x), white_of(x)
    H, W = x.shape[1:]
    if min(H, W) < _MIN_SIDE_PX:
        raise DataError(
            f"A picture of {W} × {H} pixels is too small to learn from.",
            f"Bring one of {_MIN_SIDE_PX} pixels a side or more.",
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = _ZeroShotNet(n_colours).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), lr=_LR, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=_LR, total_steps=n_steps, pct_start=0.1
    )
    rng = np.random.default_rng(seed)
    told = time.monotonic()
    yield Progress("learning from the picture", 0, n_steps)
    for n_done in range(1, n_steps + 1):
        patches = torch.from_numpy(_drawn(x[:n_colours], rng) / np.float32(white))
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_on_cpu()):
            loss = _loss(net, patches.contiguous(memory_format=torch.channels_last))
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
        seen = part.seen_of(x[:n_colours]).astype(np.float32) / np.float32(white)
        with torch.inference_mode():
            values = torch.from_numpy(seen)[None]
            found = (values - net(values))[0].numpy()
        put_tile(x_hat, part, found, white)
        yield Progress("cleaning", n_done, len(parts))
    return Restored(x, x_hat)


def zero_shot_now(x: np.ndarray, *, n_steps: int = N_STEPS, seed: int = 0) -> Restored:
    """As `zero_shot`, without telling how far it is."""
    steps = zero_shot(x, n_steps=n_steps, seed=seed)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Restored = end.value
            return found


def _drawn(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random patches of `(C, H, W)` with even sides, float32 `(B, C, side, side)`."""
    H, W = x.shape[1:]
    height, width = (min(_PATCH_PX, side - side % 2) for side in (H, W))
    drawn = []
    for _ in range(_BATCH):
        top, left = rng.integers(H - height + 1), rng.integers(W - width + 1)
        drawn.append(x[:, top : top + height, left : left + width])
    return np.stack(drawn).astype(np.float32)


def _loss(net: nn.Module, x: Tensor) -> Tensor:
    """Mean squared error of halves told from each other, and of halves cleaned before and after."""
    first, second = halves(x)
    clean_first, clean_second = first - net(first).float(), second - net(second).float()
    told = F.mse_loss(clean_first, second) + F.mse_loss(clean_second, first)
    first_of_clean, second_of_clean = halves(x - net(x).float())
    alike = F.mse_loss(clean_first, first_of_clean) + F.mse_loss(clean_second, second_of_clean)
    return (told + alike) / 2
