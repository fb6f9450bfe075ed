"""Tries a few ways of computing a run's steps on this machine, and says which was fastest."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from aecore.data.samples import SampleSet
from aecore.specs.run import RunSpec
from aecore.training.begin import begin, feed_of, is_convolutional, new_step
from aecore.training.tuning import Tuning, ordinary

SHARE = 0.02
"""Of the time that training will take, trials may take so much."""
MAX_S = 3.0
_GAIN = 1.015
"""By so much another way must be faster than the ordinary one to be chosen."""
_MAX_ROUNDS = 7
_LEAST_STEPS = 4
"""For which there must be time if another way is tried."""
_MAX_PARAMS = 30_000_000
"""Of a network that is tried several times at once."""


def tuned(samples: SampleSet, spec: RunSpec, device: torch.device) -> Tuning:
    """The fastest of a few ways, by the clock; the ordinary one where trials would not pay.

    One change after another is tried on the best way so far: memory layout (of convolutions),
    one thread in place of torch's, the optimizer as a loop; last all that the plainest training
    loop does, so that a run is never slower than that. The two take steps in turns, and the
    least time of each counts. `AECORE_THREADS` settles the threads.
    """
    first = ordinary()
    if device.type != "cpu":
        return first
    began = time.perf_counter()
    best = known = _Trial(samples, spec, first)
    n_steps = len(samples.parts["train"]) / spec.batch_size * spec.n_epochs
    known.take()
    known.take()
    budget_s = min(MAX_S, SHARE * n_steps * known.best_s)

    def is_left(n_more: int, share: float = 1.0) -> bool:
        """Whether so many steps, a new model's first ones being slow, are within the budget."""
        return time.perf_counter() - began + 1.5 * n_more * known.best_s < share * budget_s

    if known.n_params > _MAX_PARAMS or not is_left(_LEAST_STEPS):
        return first
    tried, changes = [first], _changes(spec, first)
    for n_done, change in enumerate(changes, 1):
        other = replace(best.tuning, **change)
        if other in tried or not is_left(_LEAST_STEPS):
            continue
        tried.append(other)
        best = _faster(
            best, _Trial(samples, spec, other), partial(is_left, 2, n_done / len(changes))
        )
    gain = known.best_s / best.best_s
    chosen = replace(best.tuning, gain=round(gain, 3)) if gain >= _GAIN else first
    return replace(chosen, is_measured=True)


def _changes(spec: RunSpec, first: Tuning) -> list[dict[str, Any]]:
    """What is tried in place of the best way so far."""
    layout: dict[str, Any] = {"layout": "channels_first"} if is_convolutional(spec) else {}
    loop: dict[str, Any] = {"fused": False} if spec.optimizer.name != "rmsprop" else {}
    is_free = first.n_threads > 1 and "AECORE_THREADS" not in os.environ
    thread = {"n_threads": 1} if is_free else {}
    plain = {"n_threads": first.n_threads, **layout, **loop}
    return [change for change in (layout, thread, loop, plain) if change]


class _Trial:
    """A model of its own that takes steps in one way."""

    def __init__(self, samples: SampleSet, spec: RunSpec, tuning: Tuning) -> None:
        self.tuning = tuning
        self.best_s = float("inf")
        at = begin(samples, spec, torch.device("cpu"), tuning, at_data=False)
        at.model.train()
        at.model.noise.seed(0, torch.device("cpu"))
        self._step = new_step(samples, spec, at, feed_of(samples, spec, at))
        self.n_params = at.model.plan.n_params
        self._step.prepare(0.0)
        train = samples.parts["train"]
        drawn = np.random.default_rng(0).permutation(len(train))[: spec.batch_size]
        self._rows = torch.from_numpy(train[drawn])

    def take(self) -> None:
        """One step, timed; the threads stay as they were."""
        with self.tuning.applied():
            begin = time.perf_counter()
            self._step(self._rows)
            self.best_s = min(self.best_s, time.perf_counter() - begin)


def _faster(best: _Trial, other: _Trial, is_left: Callable[[], bool]) -> _Trial:
    """The faster of two: a step of each in turn, once and then as often as there is time for."""
    other.take()  # whose memory is new: slow
    for n_rounds in range(_MAX_ROUNDS):
        if n_rounds and not is_left():
            break
        best.take()
        other.take()
    return min(best, other, key=lambda trial: trial.best_s)
