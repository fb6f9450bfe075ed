"""One change of the weights by one batch."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from aecore.models.codes import QuantizedCode
from aecore.models.corruption import corrupt
from aecore.objectives.objective import Objective
from aecore.specs import RunSpec
from aecore.training.feed import Feed
from aecore.training.optim import lr_factor, set_lr
from aecore.training.records import Progression


def precision_of(spec: RunSpec, device: torch.device) -> AbstractContextManager[object]:
    """What networks are run under, for the run's precision; a loss is in float32 always."""
    if spec.precision == "bf16":
        # A cache of cast weights would be filled while a graph is captured, and never again.
        return torch.autocast(
            device.type, dtype=torch.bfloat16, cache_enabled=device.type != "cuda"
        )
    return nullcontext()


class Step:
    """One change of the weights by one batch.

    It reads nothing but its rows and what stands on the device, and nothing in it waits for
    the device, so that on a GPU it can be captured (`captured.is_capturable` says where).
    """

    def __init__(
        self, spec: RunSpec, at: Progression, feed: Feed, objective: Objective, *, unit: bool
    ) -> None:
        self._spec, self._at, self._feed, self._objective = spec, at, feed, objective
        self._unit = unit
        self._device = next(at.model.parameters()).device
        self._done = 0.0
        self.lr = spec.optimizer.lr
        """Learning rate of the last step."""

    def prepare(self, done: float) -> None:
        """Set what changes over the run; `done` is the share of it that is done."""
        optimizer = self._spec.optimizer
        lr = optimizer.lr * lr_factor(optimizer, done)
        self._done = done
        if lr != self.lr:
            self.lr = lr
            set_lr(self._at.optimizer, lr)
            if self._at.partner_optimizer is not None:
                set_lr(self._at.partner_optimizer, lr)

    @torch.enable_grad()
    def __call__(self, rows: Tensor) -> Tensor:
        """Learn from these samples; loss and terms `(n_terms + 1,)`, summed over the batch."""
        at, spec = self._at, self._spec
        x = self._feed.batch(rows)
        x_in = corrupt(x, spec.corruption, at.model.noise, unit=self._unit)
        with precision_of(spec, self._device):
            output = at.model(x_in, draw=True)
        if at.partner_optimizer is not None:
            at.partner_optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(self._objective.teach(output, x, at.model))
            at.partner_optimizer.step()
        loss = self._objective(output, x, at.model, training=True, done=self._done)
        at.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss.total)
        if spec.optimizer.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(at.model.parameters(), spec.optimizer.clip_norm)
        at.optimizer.step()
        if isinstance(at.model.code, QuantizedCode):
            at.model.code.after_step(output.code)
        return loss.values * len(rows)
