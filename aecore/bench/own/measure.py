"""Every recipe on sets such as people bring, beside PCA of the same size or a plain baseline."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from aecore.api import lab
from aecore.bench.own.sets import OwnSet, sets_of
from aecore.bench.own.tasks import TASKS, over_the_baseline
from aecore.bench.report import Figure
from aecore.data.facts import facts_of
from aecore.data.samples import SampleSet, load_samples
from aecore.errors import AecoreError
from aecore.metrics.pictures import mse
from aecore.recipes import RECIPES, recommended
from aecore.runs import OpenRun
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.data import DataSpec
from aecore.specs.terms import SparseKlSpec
from aecore.store import Store
from aecore.studies.evaluation import PCABaseline, rows_of
from aecore.training import verdict

FITTED = ("undercomplete", "deep", "conv", "residual", "rae")
VARIATIONAL = ("vae", "wae-mmd", "info-vae", "aae", "beta-tcvae")
SHARP = ("vae-gan", "iwae")
OVERCOMPLETE = ("sparse", "sparse-kl", "k-sparse", "contractive")
RECOMMENDED = 0.90
WITHIN_S = 120.0


def figures(
    store: Store,
    *,
    paths: Sequence[Path] = (),
    sets: Sequence[str] = (),
    recipes: Sequence[str] = (),
    seeds: int = 3,
    watch: Callable[[Figure], None] = lambda figure: None,
) -> Iterator[Figure]:
    """Test error over PCA's with as many components, by set, recipe and seed; then the time of
    the recipe that is offered first.

    Parameters
    ----------
    paths
        Folders of pictures to measure on; `faces` and `bsds400` among them are known sets.
    sets, recipes
        Names to keep to; empty: all.
    """
    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as name:
        for each in sets_of(paths, sets, Path(name)):
            for found in _of_set(store, each, recipes or list(RECIPES), seeds):
                watch(found)
                yield found


def _of_set(store: Store, each: OwnSet, recipes: Sequence[str], seeds: int) -> Iterator[Figure]:
    if each.what is None:
        yield Figure(each.name, None, "x PCA", reference=each.missing)
        return
    spec = lab.data_spec(each.what, store=store, **each.settings)
    facts = facts_of(lab.finish(store, store.create(spec).key))
    samples = load_samples(store.artifact(spec.key))
    first = recommended(facts)[0] if facts is not None else ""
    for name in recipes:
        for seed in range(seeds):
            try:
                yield from _of_recipe(store, each, spec, samples, name, seed, name == first)
            except AecoreError as problem:
                yield Figure(f"{each.name}, {name}, seed {seed}", None, "x", reference=str(problem))


def _of_recipe(
    store: Store,
    each: OwnSet,
    spec: DataSpec,
    samples: SampleSet,
    name: str,
    seed: int,
    is_first: bool,
) -> Iterator[Figure]:
    began = time.perf_counter()
    run = lab.train(name, spec.key, store=store, seed=seed)
    spent_s = time.perf_counter() - began
    history = lab.history(store, run.key)
    notes = [each["note"] for each in history if each["whole"] or each["last"]]
    told = f"{spent_s:.0f} s; doctor: {(notes[-1] if notes else '') or 'nothing'}"
    title = f"{each.name}, {name}, seed {seed}"
    if name in TASKS:
        ratio, words = over_the_baseline(run, samples)
        yield Figure(f"{title}: error over {words}", ratio, "x", 1.0, reference=told)
        return
    x = np.asarray(samples.x[rows_of(samples, "test")])
    n = n_active(run, x) if name in OVERCOMPLETE else run.n_numbers
    pca = PCABaseline(samples, n)
    ratio = float(mse(x, run.reconstruct(x)).mean() / mse(x, pca.reconstruct(x)).mean())
    target = target_of(name, each)
    yield Figure(f"{title}: test error over PCA's of {n}", ratio, "x", target, reference=told)
    if is_first and not each.is_few:
        target = RECOMMENDED if each.is_colour else None
        yield Figure(f"{title}: offered first, error", ratio, "x", target)
        yield Figure(f"{title}: offered first, time", spent_s, "s", WITHIN_S)


def target_of(name: str, each: OwnSet) -> float | None:
    """What a recipe's error over PCA's must not exceed on a set; None where none is set."""
    if name == "linear":
        return 1.01
    if name in FITTED:
        return 1.05 if each.is_few else 1.00
    if name in VARIATIONAL:
        return 1.10
    if name in SHARP:
        return 1.25
    return 1.00 if name in OVERCOMPLETE else None


def n_active(run: OpenRun, x: np.ndarray) -> int:
    """Units of a code that are active in a picture on average (`verdict.n_active`); the k of a
    k-sparse code; the sum of the activities where they are chances, as the target of sparse_kl
    says."""
    z = run.encode(x)
    code = run.spec.code
    if isinstance(code, PlainCodeSpec) and code.top_k is not None:
        return min(code.top_k, code.n_dims)
    if run.spec.term(SparseKlSpec) is not None:
        return max(1, round(float(z.sum(1).mean())))
    return verdict.n_active(z, code)
