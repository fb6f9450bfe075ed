"""How probable held-out pictures are under a VAE: its bound, and nearer with many samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Likelihoods:
    """What held-out pictures cost, in nats; less is better.

    Parameters
    ----------
    bound
        float64 `(n,)`, the negative evidence lower bound (mean over the draws).
    nll
        float64 `(n,)`, nearer to `-log p(x)` from above: the same draws, importance-weighted.
    n_samples
        Codes drawn for each picture.
    """

    bound: np.ndarray
    nll: np.ndarray
    n_samples: int


def likelihoods(
    run: OpenRun,
    x: np.ndarray,
    *,
    n_samples: int = 100,
    binarization: Binarization = "threshold",
    seed: int = 0,
) -> Likelihoods:
    """Bound and importance-weighted likelihood from the same draws, many pictures at once.

    `-1/k sum_i log w_i` and `-log 1/k sum_i w_i` with `w_i = p(x, z_i) / q(z_i | x)`; see
    `negative_log_likelihood`, which takes as many samples as it is given.

    Raises
    ------
    SpecError
        If the run has no gaussian code, or its output is no probability of a pixel.
    """
    _check(run)
    scaled = _binarized(run, x, binarization)
    at_once = max(1, _AT_ONCE // n_samples)
    bound, nll = np.empty(len(x)), np.empty(len(x))
    with torch.inference_mode():
        run.model.noise.seed(seed, torch.device("cpu"))
        for start in range(0, len(x), at_once):
            some = torch.from_numpy(scaled[start : start + at_once])
            code = run.model.encode(some)
            if code.mu is None or code.logvar is None:
                raise TypeError("a gaussian code has a mean and a variance")
            logs = log_importance_weights(run.model, some, code.mu, code.logvar, n_samples)
            here = slice(start, start + len(some))
            bound[here] = -logs.double().mean(0).numpy()
            nll[here] = math.log(n_samples) - torch.logsumexp(logs.double(), 0).numpy()
    return Likelihoods(bound, nll, n_samples)


def _check(run: OpenRun) -> None:
    spec = run.spec
    if spec.code.kind != "gaussian" or spec.network.output != "sigmoid" or len(run.shape) != 3:
        raise SpecError(
            "Only a gaussian code with a sigmoid output gives pictures a probability.",
            "Choose a VAE trained on pictures in [0, 1].",
        )


def _binarized(run: OpenRun, x: np.ndarray, binarization: Binarization) -> np.ndarray:
    scaled = run.frame.to_scaled(x)
    return (scaled > THRESHOLD).astype(np.float32) if binarization == "threshold" else scaled


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
    _check(run)
    scaled = _binarized(run, x, binarization)
    per_picture = max(1, min(n_samples, _AT_ONCE))
    nats = np.empty(len(x))
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
            nats[i] = math.log(n_samples) - float(torch.logsumexp(torch.cat(logs), 0)[0])
    return nats
