"""The training loop: a generator of records that is stopped by closing it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from math import ceil

import numpy as np
import torch
from torch import Tensor

from aecore.data.samples import SampleSet
from aecore.models.codes import QuantizedCode
from aecore.models.corruption import corrupt
from aecore.sentence import joined
from aecore.specs.run import RunSpec
from aecore.specs.terms import AdversarialCodeSpec
from aecore.training.begin import begin, feed_of, new_step, objective_of
from aecore.training.captured import CapturedStep, step_for
from aecore.training.checkpoint import as_arrays
from aecore.training.doctor import (
    SETTLED_EPOCHS,
    SETTLED_STEPS,
    CodeStats,
    check_finite,
    collapse,
    overfitting,
)
from aecore.training.feed import n_at_once
from aecore.training.pretrain import pretrain
from aecore.training.records import PartialEpoch, Previews, TrainRecord, TrainState
from aecore.training.step import Step, precision_of
from aecore.training.verdict import verdict
from aecore.training.views import FIRST_S, PreviewMaker
from aecore.training.vitals import CodeMonitor


def fit(
    samples: SampleSet,
    spec: RunSpec,
    *,
    at: TrainState | None = None,
    device: torch.device | None = None,
    publish_s: float = 0.2,
) -> Iterator[TrainRecord]:
    """Train, and say how it goes.

    Parameters
    ----------
    samples
        What to learn from: the training part; the validation part is only looked at.
    at
        Where to go on from: `begin(...)` with a checkpoint loaded into it, or None.
        An uninterrupted run and a resumed one give the same weights on a CPU, also where it
        stands within an epoch (`TrainState.partial`).
    publish_s
        Least seconds between two records within an epoch.

    Yields
    ------
    TrainRecord
        Within epochs by the clock, and one at the end of each; the last has `last` set.

    Raises
    ------
    SpecError, TooFewSamplesError
        Before the first step, if the settings do not fit the samples.
    DivergedError
        When the loss is no longer a number.
    """
    at = at or begin(samples, spec, device)
    yield from _Loop(samples, spec, at, publish_s).run()


class _Loop:
    """What the loop needs at every step, prepared once."""

    def __init__(self, samples: SampleSet, spec: RunSpec, at: TrainState, publish_s: float):
        self.spec, self.at, self.publish_s = spec, at, publish_s
        self.device = next(at.model.parameters()).device
        self.feed = feed_of(samples, spec, at)
        self.train_rows = torch.from_numpy(samples.parts["train"]).to(self.feed.rows_on)
        self.val_rows = torch.from_numpy(samples.parts["val"]).to(self.feed.rows_on)
        self.n_train = len(self.train_rows)
        self.objective = objective_of(spec, at)
        self.names = self.objective.names(training=True)
        self.n_steps = ceil(self.n_train / spec.batch_size)
        if self.n_steps > 1 and self.n_train % spec.batch_size == 1:
            self.n_steps -= 1  # one sample alone has no batch statistics
        self.step: Step | CapturedStep = step_for(new_step(samples, spec, at, self.feed), spec, at)
        self.viewer = PreviewMaker(samples, spec, self.feed, _mixed(spec.seed, -2))
        self.unit = samples.scale == "unit"
        self.samples = samples
        self.started, self.started_step = time.perf_counter(), at.step
        self.published = -1e9
        self.vitals: CodeStats | None = None
        self.critic: list[float] = []
        self.begun: Previews | None = None
        self.note = ""
        """What the doctor said after the last epoch."""

    def run(self) -> Iterator[TrainRecord]:
        """All epochs that are left."""
        if self.at.step == 0:
            self.begun = self.viewer.look(self.at.model, at_all=True, within_s=FIRST_S)
            self.started = time.perf_counter()
        if self.spec.pretrain_epochs and self.at.step == 0 and self.spec.start_from is None:
            yield from self._pretrain()
        while self.at.epoch < self.spec.n_epochs and not self._is_patience_out():
            yield from self._epoch()
        if self.spec.patience is not None and self.at.best_weights:
            best = {name: torch.from_numpy(w) for name, w in self.at.best_weights.items()}
            self.at.model.load_state_dict(best)
            self.at.is_best = True
        if self.at.epoch:
            yield self._judged(self._whole_record({}, self._validate(), last=True))

    def _judged(self, record: TrainRecord) -> TrainRecord:
        """The last record, with the plain method of its task beside the run, and what that
        means."""
        if self.vitals is None:
            return replace(record, note=self.note)
        curve = self.at.curve
        found = verdict(self.samples, self.spec, self.at.model, self.vitals, curve)
        note = joined((self.note, found.note))
        return replace(record, pca=found.pca, note=note)

    def _pretrain(self) -> Iterator[TrainRecord]:
        """Each layer alone; its epochs are counted up to 0, where training of the whole begins."""
        alone = pretrain(self.at.model, self.spec, self.train_rows, self.feed.batch)
        for n_done, found in enumerate(alone, 1):
            values = {found.name: found.mse}
            check_finite(values, self.spec, 0)
            s_per_epoch = (time.perf_counter() - self.started) / n_done
            # A first guess: an epoch of the whole takes longer than one of a layer.
            n_left = found.epochs_left + self.spec.n_epochs
            record = self._record(-float(found.epochs_left), values)
            pace = self.n_train / s_per_epoch
            yield replace(record, n_per_s=pace, eta_s=n_left * s_per_epoch)
        self.started = time.perf_counter()

    def _epoch(self) -> Iterator[TrainRecord]:
        at, spec = self.at, self.spec
        at.model.train()
        at.model.noise.seed(_mixed(spec.seed, at.epoch), self.device)
        order = torch.randperm(
            self.n_train, generator=torch.Generator().manual_seed(_mixed(spec.seed, at.epoch))
        ).to(self.feed.rows_on)
        rows = self.train_rows[order]
        self.step.begin(rows[: spec.batch_size])
        total = torch.zeros(len(self.names), device=self.device)
        n_total = n_done = 0
        if (partial := at.partial) is not None:
            at.model.noise.resume(partial.noise)
            total, n_total = partial.sums.to(self.device), partial.n_samples
            n_done = partial.n_steps
        window, n_window = torch.zeros_like(total), 0
        for index in range(n_done, self.n_steps):
            batch = rows[index * spec.batch_size : (index + 1) * spec.batch_size]
            self.step.prepare(at.step / (self.n_steps * spec.n_epochs))
            window += self.step(batch)
            n_window += len(batch)
            at.step += 1
            is_due = time.perf_counter() - self.published >= self.publish_s
            if is_due and index < self.n_steps - 1:
                train = _named(self.names, window / n_window)
                check_finite(train, spec, at.epoch)
                total, n_total = total + window, n_total + n_window
                window, n_window = torch.zeros_like(total), 0
                noise = at.model.noise.state()
                at.partial = PartialEpoch(index + 1, n_total, total.cpu(), noise)
                yield self._record(at.epoch + (index + 1) / self.n_steps, train)
        at.partial = None
        train = _named(self.names, (total + window) / (n_total + n_window))
        check_finite(train, spec, at.epoch)
        self._follow_critic(train)
        val = self._validate()
        check_finite(val, spec, at.epoch)
        at.epoch += 1
        self._note_best(val.get("loss", train["loss"]))
        yield self._whole_record(train, val)

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        """Loss and terms over the validation part; a gaussian code is drawn, as in training.

        Nothing of the model changes: all of it is in evaluation mode. On the way it is measured
        how the code is used; a quantized one's perplexity is told beside the terms.
        """
        if not len(self.val_rows):
            return {}
        code = self.at.model.code
        pulse = CodeMonitor(len(code.weights) if isinstance(code, QuantizedCode) else 0)
        model = self.at.model
        model.eval()
        model.noise.seed(_mixed(self.spec.seed, -1), self.device)
        names = self.objective.names(training=False)
        total = torch.zeros(len(names), device=self.device)
        for rows in torch.split(self.val_rows, n_at_once(self.samples.shape)):
            x = self.feed.batch(rows)
            x_in = corrupt(x, self.spec.corruption, model.noise, unit=self.unit)
            with precision_of(self.spec, self.device):
                output = model(x_in, draw=True)
            loss = self.objective(output, x, model, training=False)
            total += loss.values * len(rows)
            pulse.update(output, x)
        found = _named(names, total / len(self.val_rows))
        self.vitals = pulse.vitals()
        if self.vitals is not None and self.vitals.perplexity is not None:
            found["perplexity"] = self.vitals.perplexity
        return found

    def _follow_critic(self, train: dict[str, float]) -> None:
        """Keep what the critic of the codes said in each epoch, in nats of a sample."""
        term = self.spec.term(AdversarialCodeSpec)
        if term is not None:
            n_features = 1 if term.reduction == "sum" else int(np.prod(self.samples.shape))
            self.critic.append(train[term.name] * n_features)

    def _diagnosis(self) -> str:
        """What the doctor says after an epoch."""
        # With early stopping the weights of the best epoch are kept: nothing is to be mended.
        found = "" if self.spec.patience is not None else overfitting(self.at.curve)
        at, n_epochs = self.at, self.spec.n_epochs
        has_begun = at.epoch >= SETTLED_EPOCHS and at.step >= SETTLED_STEPS
        is_settled = has_begun or at.epoch == n_epochs
        if self.vitals is None or not is_settled:
            return found
        return joined((collapse(self.vitals, self.spec, self.critic), found))

    def _note_best(self, loss: float) -> None:
        at = self.at
        if at.best_val is None or loss < at.best_val:
            at.best_val, at.best_epoch = loss, at.epoch
            if self.spec.patience is not None:
                at.best_weights = as_arrays(at.model)

    def _is_patience_out(self) -> bool:
        patience = self.spec.patience
        return patience is not None and self.at.epoch - self.at.best_epoch >= patience

    def _whole_record(
        self, train: dict[str, float], val: dict[str, float], *, last: bool = False
    ) -> TrainRecord:
        term = self.spec.objective[0].name
        note = ""
        if val and not last:
            self.at.curve.append((train[term], val[term]))
            note = self.note = self._diagnosis()
        views = self.viewer.look(self.at.model, at_all=last)
        epoch = self.at.weights_epoch
        return self._record(epoch, train, val, whole=not last, views=views, note=note, last=last)

    def _record(
        self,
        epoch: float,
        train: dict[str, float],
        val: dict[str, float] | None = None,
        *,
        whole: bool = False,
        views: Previews | None = None,
        note: str = "",
        last: bool = False,
    ) -> TrainRecord:
        self.published = time.perf_counter()
        n_steps = max(1, self.at.step - self.started_step)
        s_per_step = (self.published - self.started) / n_steps
        n_left = max(0, self.n_steps * self.spec.n_epochs - self.at.step)
        views = views or Previews()
        begun, self.begun = self.begun, None
        return TrainRecord(
            epoch=epoch,
            step=self.at.step,
            whole=whole,
            train=train,
            val=val or {},
            lr=self.step.lr,
            n_per_s=self.n_train / self.n_steps / s_per_step,
            eta_s=n_left * s_per_step,
            progression=self.at,
            strip=views.strip,
            codes=views.codes,
            note=note,
            last=last,
            begun=begun,
        )


def _named(names: list[str], values: Tensor) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))


def _mixed(seed: int, epoch: int) -> int:
    return (seed * 1_000_003 + epoch * 7919 + 17) % 2**63
