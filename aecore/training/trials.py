"""Tries a few ways of computing a run's steps on this machine, and says which was fastest."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from aecore.data.samples import SampleSet
from aecore.specs import RunSpec
from aecore.training.fit import begin, feed_of, is_convolutional, new_step
from aecore.training.tuning import Tuning, ordinary

SHARE = 0.02
"""Of the time that training will take, trials may take so much."""
MAX_S = 2.0
_GAIN = 1.03
"""By so much another way must be faster than the ordinary one to be chosen."""
_MAX_ROUNDS = 5
_MAX_PARAMS = 30_000_000
"""Of a network that is tried several times at once."""


def tuned(samples: SampleSet, spec: RunSpec, device: torch.device) -> Tuning:
    """The fastest of a few ways, by the clock; the ordinary one where trials would not pay.

    Threads (all of torch's, or one), memory layout (of convolutions), then the optimizer. Each
    round takes one step of each, and the least time of each counts. `AECORE_THREADS` settles
    the threads.
    """
    first = ordinary()
    if device.type != "cpu":
        return first
    began = time.perf_counter()
    trials = [_Trial(samples, spec, first)]
    n_steps = len(samples.parts["train"]) / spec.batch_size * spec.n_epochs
    trials[0].take()
    trials[0].take()
    budget_s = min(MAX_S, SHARE * n_steps * trials[0].best_s)

    def is_left(n_more: int) -> bool:
        """Whether so many steps, a new model's first ones being slow, are within the budget."""
        return time.perf_counter() - began + 1.5 * n_more * trials[0].best_s < budget_s

    others = _others(spec, first)
    if trials[0].n_params > _MAX_PARAMS or not is_left(4 * len(others)):
        return first
    trials += [_Trial(samples, spec, other) for other in others]
    _race(trials, is_left)
    best = min(trials, key=lambda trial: trial.best_s)
    if is_left(4) and spec.optimizer.name != "rmsprop":
        plain = _Trial(samples, spec, replace(best.tuning, fused=False))
        _race([best, plain], is_left)
        best = min(best, plain, key=lambda trial: trial.best_s)
    gain = trials[0].best_s / best.best_s
    chosen = replace(best.tuning, gain=round(gain, 3)) if gain >= _GAIN else first
    return replace(chosen, is_measured=True)


def _others(spec: RunSpec, first: Tuning) -> list[Tuning]:
    """What is tried beside the ordinary way."""
    ways = [first]
    if is_convolutional(spec):
        ways.append(replace(first, layout="channels_first"))
    if first.n_threads > 1 and "AECORE_THREADS" not in os.environ:
        ways += [replace(way, n_threads=1) for way in ways]
    return ways[1:]


class _Trial:
    """A model of its own that takes steps in one way."""

    def __init__(self, samples: SampleSet, spec: RunSpec, tuning: Tuning) -> None:
        self.tuning = tuning
        self.best_s = float("inf")
        at = begin(samples, spec, torch.device("cpu"), tuning)
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


def _race(trials: list[_Trial], is_left: Callable[[int], bool]) -> None:
    """A step of each in turn, as often as there is time for."""
    for trial in trials:
        trial.take()  # whose memory is new: slow
    for _ in range(_MAX_ROUNDS):
        if not is_left(len(trials)):
            break
        for trial in trials:
            trial.take()
