"""Training of what estimates noise, before the network that is told its estimates learns."""

from __future__ import annotations

import numpy as np
import torch

from aecore.photos.camera_net import NoiseEstimator, estimator_loss, fine_differences
from aecore.photos.noise_map import measured_map
from aecore.photos.training.camera import photographed
from aecore.photos.training.photographs import Patches

_LR = 3e-3
_DRAWN, _BATCH = 8, 48
_N_STEPS_A_BATCH = 8


def train_estimator(
    estimator: NoiseEstimator, patches: Patches, patch_px: int, n_batches: int, seed: int = 0
) -> float:
    """Train it in its place; the mean loss of the last tenth (logarithms, 0 is perfect).

    What it sees of `n_batches` batches of eight patches, on which `camera.photographed` has put
    noise, is kept; AdamW then takes eight steps a batch on that, at a rate that falls as a cosine.
    """
    if not n_batches:
        return 0.0
    seen, true = [], []
    for step in range(n_batches):
        drawn = patches.draw(_DRAWN, patch_px, np.random.default_rng((seed, step, 1)))
        found = photographed(drawn, seed * 1_000_003 + step + 500_000)
        seen.append(fine_differences(found.x))
        true.append(measured_map(found.x - found.clean))
    inputs, targets = torch.cat(seen), torch.cat(true)
    n_steps = _N_STEPS_A_BATCH * n_batches
    optimizer = torch.optim.AdamW(estimator.parameters(), lr=_LR, weight_decay=1e-3)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    rng, losses = np.random.default_rng((seed, 2)), []
    for _ in range(n_steps):
        at = torch.from_numpy(rng.integers(len(inputs), size=_BATCH)).to(inputs.device)
        loss = estimator_loss(estimator.of_differences(inputs[at]), targets[at]).mean()
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(estimator.parameters(), 1.0)
        optimizer.step()
        falling.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses[-max(1, n_steps // 10) :]))
