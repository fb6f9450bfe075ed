"""Figures of training that need no peer: the first record, the machine's limit, a GPU's minutes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from statistics import median

from aecore.bench.report import Figure
from aecore.errors import AecoreError
from aecore.jobs.engine import Engine
from aecore.recipes import recipe
from aecore.specs.data import DataSpec
from aecore.store import Store
from aecore.training import HISTORY

_N_CLICKS = 5
_WAIT_S = 300.0


def figures(device: str, *, quick: bool) -> Iterator[Figure]:
    """What a worker's first record takes, how near the step is to the machine's limit."""
    yield first_record(device)
    yield from limit(device)
    if device == "cuda" and not quick:
        yield from gpu_run()


def first_record(device: str) -> Figure:
    """From asking the engine to the first record in the history, a spare worker waiting."""
    from aecore.api import lab

    times = []
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
        store = Store(folder)
        lab.load("mnist-5k", store=store)
        for seed in range(_N_CLICKS):
            spec = recipe("vae").spec(DataSpec(source="mnist-5k").key, seed=seed)
            with Engine(store) as engine:
                _wait_for(lambda engine=engine: engine.is_warm)  # type: ignore[misc]
                begin = time.perf_counter()
                key = engine.submit(spec, "bench")
                artifact = store.artifact(key)
                _wait_for(lambda artifact=artifact: bool(artifact.read_history(HISTORY)[0]))  # type: ignore[misc]
                times.append(time.perf_counter() - begin)
                engine.stop(key, "bench")
    return Figure(
        "default VAE: asked for to the first record kept, a spare worker waiting",
        median(times),
        "s",
        2.0 if device == "cuda" else 1.0,
        reference=f"median of {_N_CLICKS}, worst {max(times):.2g} s; the first one also measures "
        "threads",
    )


def _wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT_S
    while not what():
        if time.monotonic() > deadline:
            raise AecoreError("The worker did not begin in time.", "Is the machine very busy?")
        time.sleep(0.005)


def limit(device: str) -> Iterator[Figure]:
    """A step's rate of arithmetic over that of the machine's own matrix product, in a process.

    The rest is memory: activations are read and written once for each of a few operations an
    element, and transposed convolutions move them once more.
    """
    for case in ("dense", "conv28", "conv64"):
        command = [sys.executable, "-P", "-m", "aecore.bench.speed.limit", case, device]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AecoreError(f"The limit was not measured: {done.stderr.strip()[-300:]}")
        step, product, share = (float(number) for number in done.stdout.split()[-3:])
        yield Figure(
            f"{case}: rate of a training step over that of a matrix product, float32",
            100 * step / product,
            "%",
            reference=f"{step:.3g} of {product:.3g} GFLOP/s; {100 * share:.0f} % of the step's "
            "time is convolutions and products",
        )


def gpu_run() -> Iterator[Figure]:
    """All 60,000 digits for 20 epochs with validation, as a job; how busy the GPU was."""
    command = [sys.executable, "-P", "-m", "aecore.bench.speed.limit", "gpu-run", "cuda"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AecoreError(f"The run was not measured: {done.stderr.strip()[-300:]}")
    seconds, busy = (float(number) for number in done.stdout.split()[-2:])
    name = "conv VAE 28×28, batch 512, 60,000 digits, 20 epochs with validation"
    yield Figure(name, seconds, "s", 5.0, reference="issue: one H200")
    yield Figure(f"{name}: GPU busy", 100 * busy, "%", 80.0, "high", "issue")
