"""Optimizers and learning-rate schedules, by name."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch.nn import Parameter

from aecore.specs import OptimizerSpec


def make_optimizer(parameters: Iterable[Parameter], spec: OptimizerSpec) -> torch.optim.Optimizer:
    """The optimizer of a spec over these parameters, in its fastest standard form.

    adam: Kingma & Ba 2015; adamw: Loshchilov & Hutter 2019; rmsprop: Tieleman & Hinton 2012.
    """
    lr, decay, momentum = spec.lr, spec.weight_decay, spec.momentum
    chosen = list(parameters)
    match spec.name:
        case "adam":
            return torch.optim.Adam(chosen, lr=lr, weight_decay=decay, fused=True)
        case "adamw":
            return torch.optim.AdamW(chosen, lr=lr, weight_decay=decay, fused=True)
        case "sgd":
            return torch.optim.SGD(chosen, lr=lr, weight_decay=decay, momentum=momentum, fused=True)
        case "rmsprop":
            return torch.optim.RMSprop(
                chosen, lr=lr, weight_decay=decay, momentum=momentum, foreach=True
            )


def lr_factor(spec: OptimizerSpec, done: float) -> float:
    """What the learning rate is multiplied by when the share `done` of the run is done.

    constant: 1. cosine: from 1 to 0 along half a cosine (Loshchilov & Hutter 2017).
    step: a tenth after one half, a hundredth after three quarters (He et al. 2016).
    warmup_cosine: up from 0 over the first twentieth, then cosine.
    """
    done = min(1.0, max(0.0, done))
    match spec.schedule:
        case "constant":
            return 1.0
        case "cosine":
            return 0.5 * (1.0 + math.cos(math.pi * done))
        case "step":
            return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01
        case "warmup_cosine":
            warm = 0.05
            if done < warm:
                return max(done / warm, 1e-3)
            return 0.5 * (1.0 + math.cos(math.pi * (done - warm) / (1.0 - warm)))
