"""One change of the weights by one batch."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from aecore.models.augmentation import augmented
from aecore.models.codes import QuantizedCode
from aecore.models.corruption import corrupt
from aecore.objectives.objective import Objective
from aecore.specs.run import RunSpec
from aecore.training.feed import DeviceDataset
from aecore.training.optim import lr_factor, set_lr
from aecore.training.records import TrainState


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

    Once its samples are fetched it reads nothing but what stands on the device, and nothing in
    it waits for the device, so that on a GPU it can be captured.
    """

    def __init__(
        self,
        spec: RunSpec,
        at: TrainState,
        feed: DeviceDataset,
        objective: Objective,
        *,
        unit: bool,
    ) -> None:
        self._spec, self._at, self._feed, self._objective = spec, at, feed, objective
        self._unit = unit
        self._device = next(at.model.parameters()).device
        self._parameters = list(at.model.parameters())
        self._weights = objective.weights(0.0)
        self._weights_there = torch.tensor(self._weights, device=self._device)
        self.lr = spec.optimizer.lr
        """Learning rate of the last step."""

    @torch.no_grad()
    def begin(self, rows: Tensor) -> None:
        """Do what looks at the values of a batch, once: a codebook begins at the first one's."""
        code = self._at.model.code
        if not isinstance(code, QuantizedCode) or code.is_begun:
            return
        x = self._feed.batch(rows)
        x_in = corrupt(x, self._spec.corruption, self._at.model.noise, unit=self._unit)
        with precision_of(self._spec, self._device):
            code.begin(self._at.model.encoder(x_in))

    def prepare(self, done: float) -> None:
        """Set what changes over the run; `done` is the share of it that is done."""
        optimizer = self._spec.optimizer
        lr = optimizer.lr * lr_factor(optimizer, done)
        for i, weight in enumerate(self._objective.weights(done)):
            if weight != self._weights[i]:
                self._weights[i] = weight
                self._weights_there[i].fill_(weight)
        if lr != self.lr:
            self.lr = lr
            set_lr(self._at.optimizer, lr)
            if self._at.partner_optimizer is not None:
                set_lr(self._at.partner_optimizer, lr)

    def __call__(self, rows: Tensor) -> Tensor:
        """Learn from these samples; loss and terms `(n_terms + 1,)`, summed over the batch."""
        return self.learn(self.fetch(rows))

    def fetch(self, rows: Tensor) -> Tensor:
        """What `learn` needs of these samples, sent to the device; see `Feed.fetch`."""
        return self._feed.fetch(rows)

    @torch.enable_grad()
    def learn(self, fetched: Tensor) -> Tensor:
        """The same for what was fetched: the part that can be captured."""
        at, spec = self._at, self._spec
        x = augmented(self._feed.made_of(fetched), spec.augment, at.model.noise)
        x_in = corrupt(x, spec.corruption, at.model.noise, unit=self._unit)
        with precision_of(spec, self._device):
            output = at.model(x_in, draw=True)
        if at.partner_optimizer is not None:
            at.partner_optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(self._objective.teach(output, x, at.model))
            at.partner_optimizer.step()
        loss = self._objective(output, x, at.model, training=True, weights=self._weights_there)
        for parameter in self._parameters:
            parameter.grad = None  # by an optimizer's own method a small step is 1 % slower
        torch.autograd.backward(loss.total)
        if spec.optimizer.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(at.model.parameters(), spec.optimizer.clip_norm)
        at.optimizer.step()
        if isinstance(at.model.code, QuantizedCode):
            at.model.code.after_step(output.code)
        return loss.values * len(x)
