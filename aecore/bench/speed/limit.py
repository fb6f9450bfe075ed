"""How near a training step is to what the machine can compute; a process of its own.

`python -m aecore.bench.speed.limit CASE DEVICE` prints the step's GFLOP/s, the matrix product's,
and the share of the step's time that convolutions and products take.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from aecore.bench.speed.ours import run_of
from aecore.data.samples import SampleSet, save_samples
from aecore.jobs import device as machine
from aecore.specs.data import DataSpec
from aecore.training.allocator import keep_freed_memory
from aecore.training.begin import begin, feed_of, new_step
from aecore.training.captured import step_for

_N_ROUNDS = 20
_PRODUCTS = ("aten::mm", "aten::addmm", "aten::convolution_backward", "aten::mkldnn_convolution")
_WHOLE = ("aten::_convolution", "aten::cudnn_convolution", "aten::cudnn_convolution_transpose")


def main() -> None:
    """Measure one case."""
    case, device_name = sys.argv[1:]
    device = torch.device(device_name)
    machine.warm_up(machine.n_threads())
    keep_freed_memory()
    if case == "gpu-run":
        sys.stdout.write(" ".join(f"{value}" for value in gpu_run()) + "\n")
        return
    shape = (3, 64, 64) if case == "conv64" else (1, 28, 28)
    x = np.random.default_rng(0).integers(0, 256, (256, *shape), dtype=np.uint8)
    samples = _samples(x, n_val=0)
    spec = run_of(case, DataSpec(source="mnist-5k").key, "float32")
    at = begin(samples, spec, device)
    at.model.train()
    at.model.noise.seed(0, device)
    ordinary = new_step(samples, spec, at, feed_of(samples, spec, at))
    ordinary.prepare(0.0)
    rows = torch.arange(spec.batch_size, device=device)
    with FlopCounterMode(display=False) as counter:
        ordinary(rows)
    step = step_for(ordinary, spec, at)
    n_flops = counter.get_total_flops()
    n = 4096 if device.type == "cuda" else 1024
    a, b = (torch.randn(n, n, device=device) for _ in range(2))
    step_s, product_s = _fastest((lambda: step(rows), lambda: a @ b), device)
    rates = n_flops / step_s / 1e9, 2 * n**3 / product_s / 1e9
    sys.stdout.write(f"{rates[0]} {rates[1]} {_share_of_products(lambda: ordinary(rows))}\n")


def _fastest(functions: Sequence[Callable[[], object]], device: torch.device) -> list[float]:
    """Least seconds of a call of each, in turns: what is possible when nothing disturbs it."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(_N_ROUNDS):
        for function, taken in zip(functions, times, strict=True):
            begin = time.perf_counter()
            function()
            if device.type == "cuda":
                torch.cuda.synchronize()
            taken.append(time.perf_counter() - begin)
    return [min(taken) for taken in times]


def _share_of_products(function: Callable[[], object]) -> float:
    """Share of the operations' own time that convolutions and matrix products take."""
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        for _ in range(3):
            function()
    of = {event.key: event.self_cpu_time_total for event in seen.key_averages()}
    products = sum(of.get(name, 0.0) for name in (*_PRODUCTS, *_WHOLE))
    return float(products / sum(of.values()))


def gpu_run() -> tuple[float, float]:
    """Seconds of the run that the targets name, and the share of them that the GPU worked."""
    from aecore.store import Store
    from aecore.training.job import compute

    x = np.random.default_rng(0).integers(0, 256, (66_000, 1, 28, 28), dtype=np.uint8)
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
        store = Store(folder)
        data = DataSpec(source="mnist-5k")
        save_samples(store.create(data), _samples(x, n_val=6_000))
        asked = run_of("conv28", data.key, "float32")
        spec = asked.model_copy(update={"batch_size": 512, "n_epochs": 20})
        begin = time.perf_counter()
        with profile(activities=[ProfilerActivity.CUDA]) as seen:
            for _ in compute(spec, store.create(spec), store):
                pass
        seconds = time.perf_counter() - begin
    busy_s = sum(event.self_device_time_total for event in seen.key_averages()) / 1e6
    return seconds, busy_s / seconds


def _samples(x: np.ndarray, *, n_val: int) -> SampleSet:
    none = np.zeros(0, np.int64)
    order = np.arange(len(x))
    return SampleSet(x, {"train": order[n_val:], "val": order[:n_val], "test": none})


if __name__ == "__main__":
    main()
