"""A step captured once as a CUDA graph and replayed: on a GPU small steps are all launching."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from aecore.specs.run import RunSpec
from aecore.training.records import TrainState
from aecore.training.step import Step

_N_WARM = 3
"""Steps before a capture, in which libraries choose their ways and take their memory."""


class Graph(Protocol):
    """What records work on tensors, and does it again on whatever they hold then."""

    def warm(self, function: Callable[[], Tensor]) -> Tensor:
        """Do the work in the ordinary way, as a recording needs to be preceded by."""
        ...

    def record(self, function: Callable[[], Tensor], generator: torch.Generator | None) -> Tensor:
        """Note down the work without doing it; returns where each replay puts the result."""
        ...

    def replay(self) -> None:
        """Do the work that was noted down."""
        ...


class CudaGraph:
    """torch's CUDA graph; random numbers go on from replay to replay."""

    def __init__(self) -> None:
        self._graph = torch.cuda.CUDAGraph()
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]

    def warm(self, function: Callable[[], Tensor]) -> Tensor:
        """See `Graph`: on a stream of its own, as torch asks for before a capture."""
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            found = function()
        torch.cuda.current_stream().wait_stream(self._stream)
        return found

    def record(self, function: Callable[[], Tensor], generator: torch.Generator | None) -> Tensor:
        """See `Graph`."""
        if generator is not None:
            self._graph.register_generator_state(generator)
        with torch.cuda.graph(self._graph):
            return function()

    def replay(self) -> None:
        """See `Graph`."""
        self._graph.replay()


class CapturedStep:
    """A step whose kernels are recorded once, and then started in one go.

    Ordinary ones are the first few, each on a smaller batch, and all where recording fails.
    What is recorded reads its rows, or samples that the host sends, from one buffer, and the
    learning rate and the weights of terms from the device.

    Parameters
    ----------
    graph
        What records; a `CudaGraph` but in tests.
    """

    def __init__(self, step: Step, spec: RunSpec, at: TrainState, graph: Graph) -> None:
        self._step, self._at, self._graph = step, at, graph
        self._n_rows = spec.batch_size
        self._n_warm = 0
        self._fetched: Tensor | None = None
        self._values: Tensor | None = None
        self._is_refused = False

    @property
    def lr(self) -> float:
        """Learning rate of the last step."""
        return self._step.lr

    def begin(self, rows: Tensor) -> None:
        """See `Step.begin`."""
        self._step.begin(rows)

    def prepare(self, done: float) -> None:
        """See `Step.prepare`."""
        self._step.prepare(done)

    def __call__(self, rows: Tensor) -> Tensor:
        """See `Step.__call__`; what it returns is overwritten by the next one."""
        if len(rows) != self._n_rows or self._is_refused:
            return self._step(rows)
        if self._n_warm < _N_WARM:
            self._n_warm += 1
            return self._graph.warm(lambda: self._step(rows))
        fetched = self._step.fetch(rows)
        if self._fetched is None or self._values is None:
            self._fetched = static = fetched.clone()
            noise = self._at.model.noise
            before = None if noise.generator is None else noise.generator.get_state()
            try:
                self._values = self._graph.record(lambda: self._step.learn(static), noise.generator)
            except RuntimeError:  # some operation cannot be recorded: nothing has been done yet
                self._is_refused = True
                noise.renew(before)
                return self._step(rows)
        self._fetched.copy_(fetched)
        self._graph.replay()
        return self._values


def step_for(step: Step, spec: RunSpec, at: TrainState) -> Step | CapturedStep:
    """A step that will be captured on a CUDA device; the step itself on others."""
    if next(at.model.parameters()).device.type != "cuda":
        return step
    return CapturedStep(step, spec, at, CudaGraph())
