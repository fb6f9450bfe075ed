"""How long a step of training takes in float32 and in bfloat16, recipe by recipe."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from aecore.bench.report import Figure
from aecore.data.samples import SampleSet
from aecore.recipe_rules import SetFacts
from aecore.recipes import suited_with
from aecore.specs.run import RunSpec
from aecore.training.begin import begin, feed_of, new_step
from aecore.training.precision import offered_precision
from aecore.training.step import Step
from aecore.training.tuning import ordinary

RECIPES = ("undercomplete", "deep", "stacked", "vae", "conv", "residual", "vae-gan")
SETS = {
    "28 px, grey": SetFacts(4000, (1, 28, 28), is_drawn=True),
    "32 px, colour": SetFacts(1600, (3, 32, 32), can_mirror=True),
    "64 px, grey": SetFacts(320, (1, 64, 64), can_mirror=True),
    "64 px, colour": SetFacts(1600, (3, 64, 64), can_mirror=True),
}
_N_ROUNDS = 4
_NO_DATA = "data-" + "0" * 24


def figures(recipes: Sequence[str] = ()) -> Iterator[Figure]:
    """Processor time of a step in float32 over that in bfloat16, one thread, the two in turns, the
    least of some; where the page offers bfloat16 first it must be above 1.

    Content does not change how long a step takes: pixels are drawn at random.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for name in recipes or RECIPES:
            for title, facts in SETS.items():
                yield _gain(name, title, facts)
    finally:
        torch.set_num_threads(before)


def _gain(name: str, title: str, facts: SetFacts) -> Figure:
    settings = suited_with(name, {}, is_pictures=True, scale="unit", facts=facts)
    spec = RunSpec.of(data=_NO_DATA, **settings)
    rows = np.arange(min(spec.batch_size, facts.n_train))
    x = np.random.default_rng(0).integers(0, 256, (len(rows), *facts.shape), dtype=np.uint8)
    samples = SampleSet(x, {"train": rows, "val": rows[:0], "test": rows[:0]})
    asked = {
        precision: RunSpec.of(data=_NO_DATA, **settings, precision=precision)
        for precision in ("float32", "bf16")
    }
    steps = {precision: _step(samples, spec) for precision, spec in asked.items()}
    spent = dict.fromkeys(steps, float("inf"))
    for n_done in range(_N_ROUNDS):
        for precision, step in steps.items():
            began = time.process_time()
            step(torch.from_numpy(rows))
            if n_done:  # the first also makes what it needs
                spent[precision] = min(spent[precision], time.process_time() - began)
    is_offered = offered_precision(spec, facts.shape)[0] == "bf16"
    return Figure(
        f"{name}, {title}: a step in float32 over bfloat16",
        spent["float32"] / spent["bf16"],
        "×",
        1.0 if is_offered else None,
        better="high",
        reference=f"{1e3 * spent['float32']:.1f} and {1e3 * spent['bf16']:.1f} ms"
        + ", offered first" * is_offered,
    )


def _step(samples: SampleSet, spec: RunSpec) -> Step:
    cpu = torch.device("cpu")
    at = begin(samples, spec, cpu, ordinary(), at_data=False)
    at.model.train()
    at.model.noise.seed(0, cpu)
    step = new_step(samples, spec, at, feed_of(samples, spec, at))
    step.prepare(0.5)
    return step
