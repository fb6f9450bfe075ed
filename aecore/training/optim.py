"""Optimizers and learning-rate schedules, by name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from aecore.specs.run import OptimizerSpec
from aecore.training.uncompiled import SGD, Adam, AdamW, RMSprop


def make_optimizer(
    parameters: Iterable[Parameter], spec: OptimizerSpec, *, fused: bool = True
) -> torch.optim.Optimizer:
    """The optimizer of a spec over these parameters.

    adam: Kingma & Ba 2015; adamw: Loshchilov & Hutter 2019; rmsprop: Tieleman & Hinton 2012.
    On a GPU the learning rate stands on the device, so that a step can be captured.

    Parameters
    ----------
    fused
        One kernel for all parameters, where there is such a thing; else a loop over them, as in
        torch where nothing is said. On a GPU it is always so: there SGD of another sort reads the
        learning rate back.
    """
    chosen = list(parameters)
    device = chosen[0].device
    on_gpu = device.type == "cuda"
    lr: float | Tensor = torch.tensor(spec.lr, device=device) if on_gpu else spec.lr
    form: dict[str, Any] = {"lr": lr, "weight_decay": spec.weight_decay}
    form |= {"fused": True} if (fused or on_gpu) and spec.name != "rmsprop" else {"foreach": on_gpu}
    match spec.name:
        case "adam":
            return Adam(chosen, **form, capturable=on_gpu)
        case "adamw":
            return AdamW(chosen, **form, capturable=on_gpu)
        case "sgd":
            return SGD(chosen, **form, momentum=spec.momentum)
        case "rmsprop":
            return RMSprop(chosen, **form, momentum=spec.momentum, capturable=on_gpu)


def set_lr(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Change the learning rate of all parameters, on the device where it stands there."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(lr)
        else:
            group["lr"] = lr


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
