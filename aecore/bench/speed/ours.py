"""Our training as a real job, an epoch at a time; the other half of `peers`.

`python -m aecore.bench.speed.ours CASE DEVICE PICTURES.npy PRECISION`: as a peer, but after the
seconds of an epoch it says how many of them went into records, views and checkpoints.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore.artifact import Progress
from aecore.bench.speed.peers import BATCH, LR, N_DIMS
from aecore.data.samples import SampleSet, save_samples
from aecore.specs.codes import CodeSpec, GaussianCodeSpec, PlainCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.run import NetworkSpec, OptimizerSpec, RunSpec
from aecore.specs.term import TermSpec
from aecore.specs.terms import BceSpec, KlSpec, MseSpec
from aecore.store import Store

if TYPE_CHECKING:
    import torch

    from aecore.training.records import TrainState
    from aecore.training.tuning import Tuning

_VAE = (BceSpec(reduction="sum"), KlSpec(reduction="sum"))
_VERY_MANY = 10_000


def run_of(case: str, data: str, precision: str) -> RunSpec:
    """The same network, batch and optimizer as the peers', without a validation part."""
    if case == "dense":
        network = NetworkSpec(widths=(128, 64))
        code: CodeSpec = PlainCodeSpec(n_dims=N_DIMS[case])
        objective: tuple[TermSpec, ...] = (MseSpec(),)
    else:
        widths = (128, 256, 512, 1024) if case == "pythae" else (32, 64)
        network = NetworkSpec(kind="conv", widths=widths, batch_norm=case == "pythae")
        code, objective = GaussianCodeSpec(n_dims=N_DIMS[case]), _VAE
    return RunSpec.of(
        data=data,
        network=network,
        code=code,
        objective=objective,
        optimizer=OptimizerSpec(lr=LR),
        batch_size=BATCH[case],
        precision=precision,
        n_epochs=_VERY_MANY,
    )


class Clock:
    """A `time.perf_counter` that stands still while others have their turn.

    What is done by the clock (records, views, checkpoints) is so done as often as in a
    training that nothing interrupts.
    """

    def __init__(self) -> None:
        self._real = time.perf_counter
        self._stood = 0.0
        time.perf_counter = self.now

    def now(self) -> float:
        """Seconds that were ours."""
        return self._real() - self._stood

    def wait_for(self, something: Callable[[], str]) -> str:
        """Wait, and let no time pass."""
        begin = self._real()
        found = something()
        self._stood += self._real() - begin
        return found


class Account:
    """How long some functions took, the outermost of them alone."""

    def __init__(self, clock: Clock) -> None:
        self.seconds = 0.0
        self._clock = clock
        self._depth = 0

    def watch(self, owner: Any, name: str) -> None:
        """Count what `owner.name` takes from now on."""
        function = getattr(owner, name)

        @wraps(function)
        def counted(*arguments: Any, **options: Any) -> Any:
            begin = self._clock.now()
            self._depth += 1
            try:
                return function(*arguments, **options)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.seconds += self._clock.now() - begin

        setattr(owner, name, counted)


def main() -> None:
    """Train, taking turns."""
    case, _, path, precision = sys.argv[1:]  # the device is what there is
    out = sys.stdout
    sys.stdout = sys.stderr
    clock = Clock()

    from aecore.artifact import Artifact
    from aecore.jobs import device as warm
    from aecore.jobs.perform import perform
    from aecore.training import checkpoint, job, trials, views
    from aecore.training.begin import begin

    warm.warm_up(warm.n_threads())
    if case == "pythae":
        changed = _with_pythaes_decoder(begin)
        for module in (job, trials):
            setattr(module, "begin", changed)  # noqa: B010 - mypy lets no module be changed else
    account = Account(clock)
    for owner, name in (
        (views.PreviewMaker, "look"),
        (checkpoint.CheckpointWriter, "keep"),
        (Artifact, "append"),
        (Artifact, "set_state"),
        (job._View, "show"),
    ):
        account.watch(owner, name)

    def turn(said: str) -> None:
        out.write(said + "\n")
        out.flush()
        if not clock.wait_for(sys.stdin.readline).strip():
            raise SystemExit(0)

    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
        store = Store(folder)
        spec = _stocked(store, np.load(path), case, precision)
        began = [clock.now(), account.seconds]

        def ended(key: str, progress: Progress) -> None:
            if key != spec.key or progress.phase != "training" or progress.n_done % 1000:
                return
            if progress.n_done:
                took = clock.now() - began[0], account.seconds - began[1]
                turn(f"{took[0]} {took[1]}")
            began[:] = [clock.now(), account.seconds]

        turn("ready")
        perform(store, spec.key, watch=ended)


def _with_pythaes_decoder(begin: Callable[..., TrainState]) -> Callable[..., TrainState]:
    """A `begin` whose decoder is pythae's, which does not mirror the encoder."""
    from torch import nn

    from aecore.models.places import deconv2d
    from aecore.training.begin import begin_with

    decoder = (
        lambda: nn.Linear(N_DIMS["pythae"], 1024 * 16),
        lambda: nn.Unflatten(1, (1024, 4, 4)),
        lambda: deconv2d(1024, 512, (4, 4), 3, (0, 0)),
        lambda: nn.BatchNorm2d(512),
        nn.ReLU,
        lambda: deconv2d(512, 256, (7, 7), 3, (1, 1)),
        lambda: nn.BatchNorm2d(256),
        nn.ReLU,
        lambda: deconv2d(256, 1, (14, 14), 3, (1, 1)),
    )

    @wraps(begin)
    def changed(
        samples: SampleSet,
        spec: RunSpec,
        device: torch.device | None = None,
        tuning: Tuning | None = None,
    ) -> TrainState:
        model = begin(samples, spec, device, tuning).model
        model.decoder = nn.Sequential(*(make() for make in decoder))
        return begin_with(model, samples, spec, device, tuning)

    return changed


def _stocked(store: Store, x: np.ndarray, case: str, precision: str) -> RunSpec:
    """A store with the pictures in it, and the run that is asked of it."""
    none = np.zeros(0, np.int64)
    data = DataSpec(source="mnist-5k")
    artifact = store.create(data)
    save_samples(artifact, SampleSet(x, {"train": np.arange(len(x)), "val": none, "test": none}))
    artifact.set_state(status="done")
    spec = run_of(case, data.key, precision)
    store.create(spec)
    return spec


if __name__ == "__main__":
    main()
