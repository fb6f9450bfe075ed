"""One point of `growth`: `python -m aecore.bench.speed.growth_case N_PICTURES SIDE_PX N_DIMS`.

Prints seconds to the end of the first step, microseconds for a picture, and megabytes.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.format import open_memmap

from aecore.specs.codes import GaussianCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.specs.terms import BceSpec, KlSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

_N_STEPS = 12


def main() -> None:
    """Measure."""
    n_pictures, side_px, n_dims = (int(number) for number in sys.argv[1:])
    import torch

    from aecore.data.samples import SampleSet
    from aecore.jobs import device
    from aecore.training.allocator import keep_freed_memory
    from aecore.training.begin import begin, feed_of, new_step

    device.warm_up(device.n_threads())
    keep_freed_memory()
    spec = RunSpec.of(
        data=DataSpec(source="mnist-5k").key,
        network=NetworkSpec(kind="conv", widths=(32, 64)),
        code=GaussianCodeSpec(n_dims=n_dims),
        objective=(BceSpec(reduction="sum"), KlSpec(reduction="sum")),
    )
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder, _watched() as peak_mb:
        path = Path(folder) / "x.npy"
        open_memmap(path, "w+", np.uint8, (n_pictures, 3, side_px, side_px)).flush()
        began = time.perf_counter()
        none, order = np.zeros(0, np.int64), np.random.default_rng(0).permutation(n_pictures)
        x = np.load(path, mmap_mode="c")
        samples = SampleSet(x, {"train": order, "val": none, "test": none})
        at = begin(samples, spec, torch.device("cpu"))
        at.model.train()
        at.model.noise.seed(0, torch.device("cpu"))
        step = new_step(samples, spec, at, feed_of(samples, spec, at))
        step.prepare(0.0)
        rows = torch.from_numpy(order)
        times = []
        for i in range(_N_STEPS):
            start = i * spec.batch_size % (n_pictures - spec.batch_size)
            before = time.perf_counter()
            step(rows[start : start + spec.batch_size])
            times.append(time.perf_counter() - before)
            if not i:
                begin_s = time.perf_counter() - began
    sys.stdout.write(f"{begin_s} {1e6 * min(times) / spec.batch_size} {peak_mb[0]}\n")


@contextmanager
def _watched() -> Iterator[list[float]]:
    """The most memory that is this process's own (`RssAnon`), in MB, looked at all the while."""
    most, is_over = [0.0], threading.Event()

    def look() -> None:
        while not is_over.wait(0.02):
            lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
            kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
            most[0] = max(most[0], kilobytes / 1e3)

    thread = threading.Thread(target=look, name="memory", daemon=True)
    thread.start()
    try:
        yield most
    finally:
        is_over.set()
        thread.join()


if __name__ == "__main__":
    main()
