"""A million rows of fifty columns: time of an epoch, and the memory that training takes.

`python -m aecore.bench.tables.million ROWS` measures in a process of its own, and prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np

from aecore.bench.report import Figure
from aecore.child_process import environment
from aecore.data.samples import SampleSet

N_ROWS, N_COLUMNS = 1_000_000, 50
MOST_S, MOST_TIMES = 10.0, 2.0
RECIPE = "swap-noise"


def of_a_million(*, quick: bool = False) -> Iterator[Figure]:
    """Seconds of an epoch, and memory over that of the array in float32.

    Parameters
    ----------
    quick
        A tenth of the rows.
    """
    n_rows = N_ROWS // (10 if quick else 1)
    ran = subprocess.run(
        [sys.executable, "-m", "aecore.bench.tables.million", str(n_rows)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    what = f"{n_rows:,} rows of {N_COLUMNS} columns, {RECIPE}"
    if ran.returncode:
        yield Figure(f"{what}: an epoch", None, "s", reference=ran.stderr.strip()[-120:])
        return
    told = json.loads(ran.stdout)
    yield Figure(
        f"{what}: an epoch",
        told["epoch_s"],
        "s",
        MOST_S * n_rows / N_ROWS,
        reference=f"batches of {told['batch_size']}",
    )
    yield Figure(
        f"{what}: memory over the array in float32",
        told["times"],
        "times",
        MOST_TIMES,
        reference="the array itself among it, over an idle process with torch",
    )


def main() -> None:
    """Measure here."""
    import resource

    import torch

    from aecore.recipe_rules import SetFacts
    from aecore.recipes import fitted, recipe
    from aecore.specs.run import RunSpec
    from aecore.training.fit import fit

    n_rows = int(sys.argv[1])
    facts = SetFacts(n_rows, (N_COLUMNS,))
    settings = fitted(recipe(RECIPE).settings, is_pictures=False, scale="standard", facts=facts)
    spec = RunSpec.of(**{**settings, "data": "data-" + "0" * 24, "n_epochs": 2})
    few = _rows(2048)
    list(fit(few, spec, device=torch.device("cpu"), publish_s=float("inf")))  # torch is warm
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    samples = _rows(n_rows)
    begin, ends = time.perf_counter(), []
    for record in fit(samples, spec, device=torch.device("cpu"), publish_s=float("inf")):
        if record.whole:
            ends.append(time.perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    told = {
        "epoch_s": ends[-1] - ends[-2] if len(ends) > 1 else ends[-1] - begin,
        "times": (peak - before) / (4 * n_rows * N_COLUMNS),
        "batch_size": spec.batch_size,
    }
    sys.stdout.write(json.dumps(told))


def _rows(n_rows: int) -> SampleSet:
    """Rows on a curved surface of ten dimensions, with noise; drawn in float32."""
    random = np.random.default_rng(0)
    mix = random.standard_normal((10, N_COLUMNS), np.float32)
    x = np.empty((n_rows, N_COLUMNS), np.float32)
    for start in range(0, n_rows, 65_536):
        z = random.standard_normal((min(65_536, n_rows - start), 10), np.float32)
        x[start : start + len(z)] = np.tanh(z @ mix / 3)
    empty = np.arange(0)
    return SampleSet(x, {"train": np.arange(n_rows), "val": empty, "test": empty})


if __name__ == "__main__":
    main()
