"""The living map: what its places decode to, how far they are trusted, how fast it answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import numpy as np

from aecore.api import lab
from aecore.api.inside import latent_map
from aecore.artifact import run_to_end
from aecore.bench.app.in_browser import fresh_page, served
from aecore.bench.inside.map_in_browser import map_in_browser, painted, visited
from aecore.bench.inside.maps import placing
from aecore.bench.map.directions import directions
from aecore.bench.map.in_browser import decoders, frames
from aecore.bench.map.noise import noise
from aecore.bench.map.sent import sent
from aecore.bench.report import Figure
from aecore.data.sources import is_here
from aecore.latent.data_path import DataGraph, emptiness
from aecore.latent.paths import interpolate
from aecore.maps.inverse import inverse_of
from aecore.maps.trust import Trust, trust_steps
from aecore.metrics.pictures import mse
from aecore.specs.maps import MapMethod
from aecore.store import Store

if TYPE_CHECKING:
    from aecore.data.samples import SampleSet
    from aecore.maps.latent_map import LatentMap
    from aecore.runs import OpenRun

N_PAIRS = 200
_METHODS: tuple[MapMethod, ...] = ("pca", "umap", "tsne")


def figures(store: Store, *, quick: bool = False) -> Iterator[Figure]:
    """All of them, on 32 codes of MNIST where it is here, else of the 5,000 that ship."""
    whole = is_here("mnist") and not quick
    data = "mnist" if whole else "mnist-5k"
    run = lab.train("undercomplete", data, store=store, n_epochs=10, is_suited=False)
    samples = lab.load(data, store=store)
    for method in _METHODS:
        found = latent_map(run, method, store=store)
        of = f"{len(found):,} codes of {data}"
        yield from places(run, samples, found, data)
        if method == "pca":
            yield along(found, data)
            yield from directions(samples, found.codes, data)
            yield from sent(run, samples, found, of)
            yield from in_browser(store, found)
        else:
            yield placing(run, samples, found, of)
            yield placing(run, samples, found, of, n_at_once=100)
    if whole:
        yield from of_all(store, run, samples)
    yield from noise(store)
    yield from decoders()
    yield from frames()


def in_browser(store: Store, found: LatentMap) -> Iterator[Figure]:
    """The map on its page, in a browser that has seen it before."""
    with fresh_page() as page, served(store.root) as server:
        yield from map_in_browser(page, server.url, found)


def of_all(store: Store, run: OpenRun, samples: SampleSet) -> Iterator[Figure]:
    """What grows with the points: laid out by PCA, sent and painted, all of a set."""
    n = len(samples)
    begin = time.perf_counter()
    found = latent_map(run, "pca", store=store, n_max=n)
    yield Figure(
        f"PCA of {n:,} codes, encoding and scores included", time.perf_counter() - begin, "s"
    )
    yield from sent(run, samples, found, f"{n:,} codes")
    address = urlencode({"run": run.key, "map.points": "all"})
    with fresh_page() as page, served(store.root) as server:
        visited(page, f"{server.url}/map?{address}")
        yield painted(page, f"{server.url}/map?{address}", target_s=None)


def places(run: OpenRun, samples: SampleSet, found: LatentMap, data: str) -> Iterator[Figure]:
    """Pictures decoded at the positions of held-out points, which nothing asked knew of."""
    from scipy.stats import spearmanr

    codes = found.codes
    known, held = (np.flatnonzero(codes.part == part) for part in (0, 2))
    x = np.asarray(samples.x[codes.rows[held]])
    at = found.positions[held]
    decoded = mse(x, run.decode(inverse_of(found, known).codes_at(at)))
    nearest = mse(x, run.decode(codes.z[known[_nearest(codes.z[known], codes.z[held])]]))
    trust = run_to_end(trust_steps(run, samples, found, known))
    told = trust.at(found.positions[known], at)
    of = (
        f"{found.spec.method.name} of {len(codes):,} codes of {data}, {len(held):,} held-out places"
    )
    is_promised = found.spec.method.name in ("umap", "tsne")
    yield Figure(
        f"{of}: error of the decoded picture over that of the nearest training code decoded",
        float(decoded.mean() / nearest.mean()),
        "",
        1.4 if is_promised else None,
        reference=f"{decoded.mean():.4f} over {nearest.mean():.4f}; the model itself "
        f"{codes.error[held].mean():.4f}",
    )
    yield Figure(
        f"{of}: rank correlation of trust with that error",
        float(spearmanr(-told.trust, decoded).statistic),
        "",
        0.5,
        "high",
        "Spearman",
    )
    yield Figure(
        f"{of}: rank correlation of the round trip's length with that error",
        float(spearmanr(told.strayed, decoded).statistic),
        "",
        better="high",
        reference=f"Spearman; {np.median(told.strayed):.2f} steps in the middle of these places, "
        f"{_where_nothing_lies(trust, found.positions[known]):.2f} where no points lie",
    )


def _where_nothing_lies(trust: Trust, positions: np.ndarray) -> float:
    """Steps of the round trip in the middle of the places of the window that are empty."""
    nodes = (np.linspace(*ends, 48) for ends in zip(trust.trip.low, trust.trip.high, strict=True))
    everywhere = np.stack(np.meshgrid(*nodes), axis=-1).reshape(-1, 2)
    told = trust.at(positions, everywhere)
    return float(np.median(told.strayed[told.presence < 0.5]))


def along(found: LatentMap, data: str) -> Figure:
    """How often a path along the data is more crowded than the straight line."""
    codes = found.codes
    known, held = (codes.z[codes.part == part] for part in (0, 2))
    graph, random = DataGraph(known), np.random.default_rng(0)
    won, shares = 0, []
    for _ in range(N_PAIRS):
        a, b = held[random.choice(len(held), 2, replace=False)]
        data_way, straight = (
            emptiness(way, held).mean() for way in (graph.path(a, b), interpolate(a, b))
        )
        won += data_way < straight
        shares.append(data_way / straight)
    return Figure(
        f"path along {len(known):,} codes of {data}: pairs where held-out codes are nearer to it "
        "than to the straight line",
        100 * won / N_PAIRS,
        "%",
        90,
        "high",
        f"{N_PAIRS} random pairs; mean distance to the tenth neighbour {np.mean(shares):.2f} of "
        "the line's",
    )


def _nearest(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    from sklearn.neighbors import NearestNeighbors

    found: np.ndarray = (
        NearestNeighbors(n_neighbors=1).fit(known).kneighbors(asked, return_distance=False)[:, 0]
    )
    return found
