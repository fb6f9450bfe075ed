"""Figures of maps: UMAP the first time and later, t-SNE, both beside the plain library calls."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import numpy as np

from aecore.api.inside import latent_map
from aecore.bench.report import Figure
from aecore.data.ingest import open_samples
from aecore.data.samples import SampleSet
from aecore.jobs import Engine
from aecore.latent.codes import Codes
from aecore.maps.latent_map import LatentMap, place
from aecore.metrics.neighbourhood import trustworthiness
from aecore.runs import OpenRun
from aecore.specs.maps import AnyMethod, MapSpec, UmapSpec
from aecore.store import Store

T = TypeVar("T")
_N_PLACED = 20
READING_S = 30.0
"""What a person reads of the first page before the first map is asked for."""


def figures(store: Store, run: OpenRun, data: str) -> Iterator[Figure]:
    """All of them, on the codes of one run, one after the other."""
    codes = latent_map(run, "pca", store=store).codes
    of = f"{len(codes):,} codes of {data}"
    yield from umap(store, codes, of)
    yield from tsne(store, codes, of)
    samples = open_samples(store, run.spec.data)
    yield placing(run, samples, latent_map(run, "umap", store=store), of)


def placing(
    run: OpenRun, samples: SampleSet, found: LatentMap, of: str, n_at_once: int = 1
) -> Figure:
    """New pictures, mirrored ones, encoded and placed on a map; it stays as it is.

    Parameters
    ----------
    n_at_once
        Pictures that are placed together; what is promised is promised of one.
    """
    test = np.resize(samples.parts["test"], _N_PLACED * n_at_once)
    new = np.asarray(samples.x[test])[..., ::-1].reshape(_N_PLACED, n_at_once, *samples.shape)
    before = found.positions.copy()

    def placed(x: np.ndarray) -> np.ndarray:
        return place(found, run.encode(x))

    seconds = [_timed(partial(placed, x))[0] for x in new]
    moved = float(np.abs(found.positions - before).max())
    what = "a new picture" if n_at_once == 1 else f"{n_at_once} new pictures"
    return Figure(
        f"{what} encoded and placed on a {found.spec.method.name} of {of}",
        1000 * float(np.median(seconds)),
        "ms",
        200.0 if n_at_once == 1 else None,
        reference=f"median of {len(new)}, worst {1000 * max(seconds):.0f} ms; the map's points "
        + ("stayed where they were" if moved == 0 else f"moved by up to {moved:g}"),
    )


def umap(store: Store, codes: Codes, of: str) -> Iterator[Figure]:
    """UMAP in a fresh engine, again with another seed, and by umap-learn's own call."""
    with Engine(store, spares=1, looks=1) as jobs:
        time.sleep(READING_S)
        first_s, later_s = (_asked(jobs, codes, UmapSpec(seed=seed)) for seed in _two_seeds())
    yield Figure(
        f"UMAP of {of}: first time on a fresh server over a later time",
        first_s - later_s,
        "s",
        2.0,
        reference=f"first {first_s:.1f} s, later {later_s:.1f} s, scores included",
    )
    from umap import UMAP

    own_s, own = _timed(lambda: latent_map(codes.run, "umap", store=store, seed=_two_seeds()[0]))
    plain_s, plain = _timed(lambda: UMAP(random_state=0).fit_transform(codes.z))
    again_s, _ = _timed(lambda: UMAP(random_state=1).fit_transform(codes.z))
    yield Figure(
        f"UMAP of {of}, in one process",
        own_s,
        "s",
        reference=f"umap-learn's call {plain_s:.1f} s the first time, then {again_s:.1f} s",
    )
    yield Figure(
        "trustworthiness of that map",
        own.trustworthiness or 0.0,
        "",
        better="high",
        reference=f"umap-learn's {trustworthiness(codes.z, plain):.4f}",
    )


def tsne(store: Store, codes: Codes, of: str) -> Iterator[Figure]:
    """t-SNE beside the calls of scikit-learn and of openTSNE."""
    import openTSNE
    import sklearn.manifold

    n_jobs = os.cpu_count() or 1
    own_s, own = _timed(lambda: latent_map(codes.run, "tsne", store=store, seed=_two_seeds()[0]))
    peers: dict[str, Callable[[], np.ndarray]] = {
        "openTSNE": lambda: np.asarray(openTSNE.TSNE(n_jobs=n_jobs, random_state=0).fit(codes.z)),
        "scikit-learn": lambda: sklearn.manifold.TSNE(n_jobs=n_jobs, random_state=0).fit_transform(
            codes.z
        ),
    }
    told, fastest_s, best = [], np.inf, 0.0
    for name, call in peers.items():
        seconds, positions = _timed(call)
        score = trustworthiness(codes.z, positions)
        told.append(f"{name} {seconds:.1f} s at {score:.4f}")
        fastest_s, best = min(fastest_s, seconds), max(best, score)
    yield Figure(f"t-SNE of {of}", own_s, "s", fastest_s, reference=", ".join(told))
    yield Figure(
        "trustworthiness of that map", own.trustworthiness or 0.0, "", best - 0.005, "high"
    )


def _asked(jobs: Engine, codes: Codes, method: AnyMethod) -> float:
    """Seconds from asking to the answer, as a page waits for it."""
    begin = time.perf_counter()
    key = jobs.submit(MapSpec(codes=codes.key, method=method), "bench")
    while (view := jobs.view(key)).is_live:
        time.sleep(0.05)
    if view.status != "done":
        raise RuntimeError(f"{key}: {view.status} {view.state.error}")
    return time.perf_counter() - begin


def _two_seeds() -> tuple[int, int]:
    """Seeds that no map has had yet, so that nothing is opened instead of computed."""
    now = int(time.time() * 1000) % 2**30
    return now, now + 1


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begin = time.perf_counter()
        found = call()
        return time.perf_counter() - begin, found
