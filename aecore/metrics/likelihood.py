"""How probable held-out pictures are under a VAE: its bound, and nearer with many samples."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch

from aecore.errors import SpecError
from aecore.objectives.iwae import log_importance_weights
from aecore.runs import OpenRun

Binarization = Literal["none", "threshold"]
THRESHOLD = 0.5
_AT_ONCE = 2000
"""Codes decoded at once, at the most."""


def negative_log_likelihood(
    run: OpenRun,
    x: np.ndarray,
    *,
    n_samples: int = 5000,
    binarization: Binarization = "threshold",
    seed: int = 0,
) -> np.ndarray:
    """`-log p(x)` by importance sampling from the encoder; `(n,)`, nats, less is better.

    `-log 1/k sum_i p(x, z_i) / q(z_i | x)`: an upper bound that falls to the truth as k
    grows (Burda et al. 2016, arXiv:1509.00519). With one sample it is the VAE's bound, drawn.

    Parameters
    ----------
    x
        uint8 `(n, C, H, W)`.
    binarization
        "threshold": a pixel is 1 where it is above one half ("statically binarized" figures
        of the literature draw each pixel once by its grey instead); "none": grey pixels
        under a Bernoulli decoder, which is no likelihood, but what VAE tutorials report.

    Raises
    ------
    SpecError
        If the run has no gaussian code, or its output is no probability of a pixel.
    """
    spec = run.spec
    if spec.code.kind != "gaussian" or spec.network.output != "sigmoid" or len(run.shape) != 3:
        raise SpecError(
            "Only a gaussian code with a sigmoid output gives pictures a probability.",
            "Choose a VAE trained on pictures in [0, 1].",
        )
    scaled = run.frame.to_scaled(x)
    if binarization == "threshold":
        scaled = (scaled > THRESHOLD).astype(np.float32)
    per_picture = max(1, min(n_samples, _AT_ONCE))
    found = np.empty(len(x))
    with torch.inference_mode():
        run.model.noise.seed(seed, torch.device("cpu"))
        for i in range(len(x)):
            one = torch.from_numpy(scaled[i : i + 1])
            code = run.model.encode(one)
            if code.mu is None or code.logvar is None:
                raise TypeError("a gaussian code has a mean and a variance")
            logs, n_left = [], n_samples
            while n_left:
                k = min(per_picture, n_left)
                logs.append(log_importance_weights(run.model, one, code.mu, code.logvar, k))
                n_left -= k
            found[i] = math.log(n_samples) - float(torch.logsumexp(torch.cat(logs), 0)[0])
    return found
