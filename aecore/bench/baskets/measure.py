"""`aecore bench baskets`: Mult-DAE beside EASE, PureSVD, item-item and popularity; memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import sparse

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.data.sources import data_folder
from aecore.data.sparse_rows import SparseRows
from aecore.runs import open_run
from aecore.store import Store
from aecore.studies.recommend.study import (
    RUN,
    SCORES,
    RecommendResult,
    load_recommend,
    recommend_spec,
)

_RATINGS, _TITLES = "baskets/ml-100k.inter", "baskets/ml-100k.item"
_ASKED = {"at_least": 4, "least_things": 5}
_N_DRAWS = 5
N_PEOPLE, N_THINGS, N_EACH = 100_000, 10_000, 30
"""Of the shop that memory is measured on, and things of a person."""
_GB = 1e9
LIANG = (
    "protocol of Liang et al. 2018: ratings of 4 and more, 5 films and more, a tenth of the people "
    "held out, 20 % of their films hidden"
)


def figures(store: Store, *, quick: bool = False) -> Iterator[Figure]:
    """Suggestions on MovieLens 100k where it is here, over draws of people; then a large shop."""
    ratings = data_folder() / _RATINGS
    if ratings.is_file():
        yield from _movielens(store, ratings, 1 if quick else _N_DRAWS)
    else:
        why = f"{_RATINGS} is not in the data folder (AECORE_DATA)"
        yield Figure("Mult-DAE, NDCG@100", None, "", 0.46, "high", why)
    yield from _planted(store)
    yield from _large_shop(quick)


def _movielens(store: Store, ratings: Path, n_draws: int) -> Iterator[Figure]:
    titles = data_folder() / _TITLES
    results = [
        _judged(
            store,
            str(ratings),
            {"baskets": _ASKED, "things": str(titles), "seed": seed},
        )
        for seed in range(n_draws)
    ]
    mean = {
        method: {s: float(np.mean([_mean(r, method, s) for r in results])) for s in SCORES}
        for method in results[0].methods
    }
    n_people = sum(len(result.rows) for result in results)
    about = f"{n_draws} draws of people, {n_people:,} judged; {LIANG}"
    ours = mean[RUN]
    yield Figure("Mult-DAE, NDCG@100", ours["ndcg@100"], "", 0.46, "high", about)
    yield Figure(
        "Mult-DAE less EASE, NDCG@100",
        ours["ndcg@100"] - mean["ease"]["ndcg@100"],
        "",
        -0.01,
        "high",
        f"EASE {mean['ease']['ndcg@100']:.3f}",
    )
    behind = [_mean(r, RUN, "ndcg@100") - _mean(r, "pure_svd", "ndcg@100") for r in results]
    yield Figure(
        "Mult-DAE less PureSVD, NDCG@100, worst draw", min(behind), "", 0.0, "high", "never below"
    )
    for method, scores in mean.items():
        title = "Mult-DAE" if method == RUN else results[0].methods[method].title
        for score in SCORES:
            if (method, score) != (RUN, "ndcg@100"):
                yield Figure(f"{title}, {score}", scores[score], "", None, "high", "the same run")
    took = [result.methods["ease"].fit_s or 0.0 for result in results]
    yield Figure("EASE, fitting", float(np.median(took)), "s")


def _judged(store: Store, what: str, of_data: dict[str, object]) -> RecommendResult:
    spec = lab.run_spec("mult-dae", what, store=store, data_settings=of_data)
    lab.finish(store, spec.key)
    study = store.create(recommend_spec(open_run(store, spec.key)))
    return load_recommend(lab.finish(store, study.key))


def _mean(result: RecommendResult, method: str, score: str) -> float:
    return float(np.nanmean(result.methods[method].scores[score]))


def _planted(store: Store) -> Iterator[Figure]:
    """The set that ships, on which nothing was chosen."""
    result = _judged(store, "baskets", {})
    for method, about in result.methods.items():
        title = "Mult-DAE" if method == RUN else about.title
        name = f"{title} on the baskets that ship, NDCG@100"
        mean = about.interval("ndcg@100")
        words = f"95 % interval {mean.low:.3f} to {mean.high:.3f}"
        yield Figure(name, mean.mean, "", None, "high", words)


_MEASURED = """
import resource, sys
import numpy as np
from scipy import sparse
from aecore.bench.baskets.measure import large_shop
from aecore.api import lab
from aecore.data.arrays import Arrays, keep_arrays
from aecore.specs.data import DataSpec
from aecore.store import Store

store = Store(sys.argv[1])
import torch
x = large_shop(int(sys.argv[2]))
upload = keep_arrays(store, Arrays(x))
data = store.create(DataSpec(source="own", upload=upload)).key
lab.finish(store, data)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
spec = lab.run_spec("mult-dae", data, store=store, is_suited=False, n_epochs=1)
lab.finish(store, spec.key)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(before * 1024, after * 1024, x.nbytes)
"""


def large_shop(n_people: int, seed: int = 0) -> SparseRows:
    """People who choose about `N_EACH` of `N_THINGS`, the frequent ones more often."""
    rng = np.random.default_rng(seed)
    things = (rng.power(0.4, (n_people, N_EACH)) * N_THINGS).astype(np.int64)
    rows = np.repeat(np.arange(n_people), N_EACH)
    ones = np.ones(len(rows), np.float32)
    matrix = sparse.csr_array((ones, (rows, things.ravel())), shape=(n_people, N_THINGS))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return SparseRows(matrix)


def _large_shop(quick: bool) -> Iterator[Figure]:
    """An epoch on people x things that would be gigabytes if they were dense."""
    n_people = N_PEOPLE // 10 if quick else N_PEOPLE
    with tempfile.TemporaryDirectory(prefix="aecore-baskets-") as folder:
        words = subprocess.run(
            [sys.executable, "-c", _MEASURED, folder, str(n_people)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
    before, after, stored = (float(word) for word in words[-3:])
    dense = 4.0 * n_people * N_THINGS
    yield Figure(
        f"{n_people:,} people x {N_THINGS:,} things: memory at the peak",
        after / _GB,
        "GB",
        dense / _GB / 2,
        "low",
        f"brought in, and an epoch of Mult-DAE; dense they would be {dense / _GB:.1f} GB, stored "
        f"they are {stored / _GB:.2f} GB; {before / _GB:.2f} GB before training",
    )
