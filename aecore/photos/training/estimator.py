"""Training of what estimates noise, before the network that is told its estimates learns."""

from __future__ import annotations

import numpy as np
import torch

from aecore.photos.camera_net import NoiseEstimator, estimator_loss
from aecore.photos.noise_map import measured_map
from aecore.photos.training.camera import photographed
from aecore.photos.training.photographs import Patches

_LR = 3e-3
_BATCH = 8


def train_estimator(
    estimator: NoiseEstimator, patches: Patches, patch_px: int, n_steps: int, seed: int = 0
) -> float:
    """Train it in its place; the mean loss of the last tenth (logarithms, 0 is perfect).

    AdamW, a rate that falls as a cosine, on what `camera.photographed` draws.
    """
    optimizer = torch.optim.AdamW(estimator.parameters(), lr=_LR, weight_decay=1e-4)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, n_steps))
    losses = []
    for step in range(n_steps):
        rng = np.random.default_rng((seed, step, 1))
        drawn = patches.draw(_BATCH, patch_px, rng)
        seen = photographed(drawn, seed * 1_000_003 + step + 500_000)
        true = measured_map(seen.x - seen.clean)
        loss = estimator_loss(estimator(seen.x), true).mean()
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(estimator.parameters(), 1.0)
        optimizer.step()
        falling.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses[-max(1, n_steps // 10) :])) if losses else 0.0
