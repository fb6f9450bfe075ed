"""A step captured once as a CUDA graph and replayed: on a GPU small steps are all launching."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from aecore.specs import RunSpec, TermName
from aecore.training.records import Progression
from aecore.training.step import Step

_N_WARM = 3
"""Steps before a capture, in which libraries choose their ways and take their memory."""
_LOOK_AT_VALUES: frozenset[TermName] = frozenset({"mmd", "adversarial_code", "adversarial_image"})
"""Terms whose work depends on values, or that have an optimizer of their own."""


def is_capturable(spec: RunSpec) -> bool:
    """Whether nothing in a step depends on values, so that one capture serves all steps."""
    return spec.code.kind != "quantized" and not any(
        term.name in _LOOK_AT_VALUES for term in spec.objective
    )


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

    Ordinary ones are the first few, each on a smaller batch, all while the weights of terms
    still rise, and all where recording fails. What is recorded reads its rows from one buffer,
    and the learning rate from the device.

    Parameters
    ----------
    graph
        What records; a `CudaGraph` but in tests.
    """

    def __init__(self, step: Step, spec: RunSpec, at: Progression, graph: Graph) -> None:
        self._step, self._at, self._graph = step, at, graph
        self._n_rows = spec.batch_size
        self._settled_at = max(term.warmup for term in spec.objective)
        self._done = 0.0
        self._n_warm = 0
        self._rows: Tensor | None = None
        self._values: Tensor | None = None
        self._is_refused = False

    @property
    def lr(self) -> float:
        """Learning rate of the last step."""
        return self._step.lr

    def prepare(self, done: float) -> None:
        """See `Step.prepare`."""
        self._done = done
        self._step.prepare(done)

    def __call__(self, rows: Tensor) -> Tensor:
        """See `Step.__call__`; what it returns is overwritten by the next one."""
        if len(rows) != self._n_rows or self._done < self._settled_at or self._is_refused:
            return self._step(rows)
        if self._n_warm < _N_WARM:
            self._n_warm += 1
            return self._graph.warm(lambda: self._step(rows))
        if self._rows is None or self._values is None:
            self._rows = static = rows.clone()
            try:
                self._values = self._graph.record(
                    lambda: self._step(static), self._at.model.noise.generator
                )
            except RuntimeError:  # some operation cannot be recorded: nothing has been done yet
                self._is_refused = True
                return self._step(rows)
        self._rows.copy_(rows)
        self._graph.replay()
        return self._values


def step_for(step: Step, spec: RunSpec, at: Progression) -> Step | CapturedStep:
    """The step itself on a CPU or where it cannot be captured, else one that will be."""
    if next(at.model.parameters()).device.type != "cuda" or not is_capturable(spec):
        return step
    return CapturedStep(step, spec, at, CudaGraph())
