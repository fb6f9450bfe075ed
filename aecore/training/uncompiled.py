"""torch's optimizers without torch's compiler, which they load only to keep it out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import Optimizer


def _step_of(kind: type[Optimizer]) -> Callable[..., Any]:
    """How a kind of torch's moves the weights, its gradient not recorded."""
    step: Callable[..., Any] = torch.no_grad()(inspect.unwrap(kind.step))
    return step


class Uncompiled(Optimizer):
    """What all optimizers here have in common.

    torch marks these methods as none of its compiler's (`torch.compile`), and imports that when
    they are first called. Nothing here is compiled, and the import takes half of the time in
    which a worker gets ready, and 250 MB: here are the same methods without the mark.
    """

    add_param_group = inspect.unwrap(Optimizer.add_param_group)
    state_dict = inspect.unwrap(Optimizer.state_dict)
    load_state_dict = inspect.unwrap(Optimizer.load_state_dict)
    zero_grad = inspect.unwrap(Optimizer.zero_grad)


class Adam(Uncompiled, torch.optim.Adam):
    """Kingma & Ba 2015, arXiv:1412.6980."""

    step = _step_of(torch.optim.Adam)


class AdamW(Uncompiled, torch.optim.AdamW):
    """Loshchilov & Hutter 2019, arXiv:1711.05101."""

    step = _step_of(torch.optim.AdamW)


class SGD(Uncompiled, torch.optim.SGD):
    """With momentum, where that is asked for."""

    step = _step_of(torch.optim.SGD)


class RMSprop(Uncompiled, torch.optim.RMSprop):
    """Tieleman & Hinton 2012."""

    step = _step_of(torch.optim.RMSprop)


class Muon(Uncompiled, torch.optim.Muon):
    """Jordan et al. 2024, for matrices alone; see `aecore.training.muon`."""

    step = _step_of(torch.optim.Muon)
