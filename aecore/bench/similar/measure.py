"""Search on MNIST by codes, PCA and pixels; binary codes; an index of a million codes.

Cost: a training of three epochs (a minute or two of a core), half a minute of search, two minutes
of a core for the index.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from aecore.api import lab
from aecore.bench.report import Figure
from aecore.data.sources import is_here
from aecore.errors import DataError
from aecore.latent.binary_codes import BITS_METHODS
from aecore.latent.search import N_EXACT, Measure, NearestSearch
from aecore.metrics.compare import difference
from aecore.metrics.retrieval import K
from aecore.store import Store
from aecore.studies.similar.search import SPACES, SimilarSamples, Space

RECIPE, N_EPOCHS = "conv", 3
MEASURE: Measure = "cosine"
N_BITS = (32, 64, 128)
WITHIN_MS = 50.0
N_CODES, N_QUICK = 1_000_000, 200_000
_N_ASKED = 200
_NOISE = 0.3
"""Of the standard deviation of each dimension: makes many codes of the codes of MNIST."""


def figures(store: Store, *, quick: bool = False) -> Iterator[Figure]:
    """Mean average precision, bits, and the index.

    Parameters
    ----------
    quick
        20,000 samples and 200,000 codes.

    Raises
    ------
    DataError
        If MNIST is neither here nor can be downloaded.
    """
    if not is_here("mnist"):
        raise DataError(
            "The figures are about MNIST, which is not here.",
            "Put it into the data folder (AECORE_DATA), or bring it in: aecore data mnist",
        )
    run = lab.train(RECIPE, "mnist", store=store, n_epochs=N_EPOCHS)
    n_max = 20_000 if quick else N_CODES
    search = SimilarSamples(run, lab.load("mnist", store=store), MEASURE, n_max=n_max)
    yield from retrieval_figures(search)
    yield from index_figures(search.vectors("code"), N_QUICK if quick else N_CODES)


def retrieval_figures(search: SimilarSamples) -> Iterator[Figure]:
    """Each space judged by class; how far the code is above the others; bits."""
    of = f"{len(search.rows):,} of MNIST, {MEASURE}: "
    judged = {space: found for space in SPACES if (found := search.judged(space)) is not None}
    for space, found in judged.items():
        area, precision = found.average_precision, found.precision
        words = f"{area.low:.3f} to {area.high:.3f}; chance {found.chance:.2f}"
        yield Figure(f"{of}{space}", area.mean, "mAP", better="high", reference=words)
        words = f"{precision.low:.3f} to {precision.high:.3f}"
        yield Figure(
            f"{of}{space}", precision.mean, "precision at 10", better="high", reference=words
        )
    rivals: tuple[Space, ...] = ("pca", "pixels")
    for rival in rivals:
        above = difference(judged["code"].averages, judged[rival].averages)
        words = f"99 % interval {above.low:+.3f} to {above.high:+.3f}"
        yield Figure(f"{of}code above {rival}", above.mean, "mAP", 0.0, "high", words)
    full = judged["code"].precision.mean
    for method in BITS_METHODS:
        for n_bits in N_BITS:
            bits = search.judged_bits(n_bits, method)
            if bits is not None:
                target = 0.97 if (method, n_bits) == ("itq", 64) else None
                yield Figure(
                    f"{of}precision that {n_bits} bits keep ({method})",
                    bits.precision.mean / full,
                    "of the code's",
                    target,
                    "high",
                    f"code: {full:.3f}",
                )


def index_figures(codes: np.ndarray, n_codes: int, *, n_exact: int = N_EXACT) -> Iterator[Figure]:
    """Building the index of many codes, one answer, and recall; the exact search is the reference.

    Parameters
    ----------
    codes
        `(n, D)`; noise makes many of them, and 200 of them ask.
    n_codes
        How many are searched.
    n_exact
        Codes up to which there is no index; see `NearestSearch`.
    """
    random = np.random.default_rng(0)
    spread = _NOISE * codes.std(0)
    many = codes[random.integers(0, len(codes), n_codes)]
    many = many + (spread * random.normal(size=many.shape)).astype(np.float32)
    asked = codes[random.permutation(len(codes))[:_N_ASKED]]
    begin = time.process_time()
    search = NearestSearch(many, MEASURE, n_exact=n_exact)
    cost_s = time.process_time() - begin
    of = f"{n_codes:,} codes of {codes.shape[1]} dimensions: "
    yield Figure(f"{of}building the index", cost_s, "s of a core", reference="USearch, HNSW")
    wall = _answer_ms(search, asked)
    yield Figure(f"{of}one answer, median", wall, "ms", WITHIN_MS, reference="issue's promise")
    exact = NearestSearch(many, MEASURE, n_exact=n_codes)
    true, found = exact.nearest(asked, K).rows, search.nearest(asked, K).rows
    n_hits = sum(len(np.intersect1d(*pair)) for pair in zip(true, found, strict=True))
    words = f"{len(asked)} queries, held against the exact search"
    yield Figure(f"{of}recall of ten", n_hits / true.size, "", 0.95, "high", words)
    yield Figure(f"{of}one exact answer, median", _answer_ms(exact, asked[:10]), "ms")


def _answer_ms(search: NearestSearch, asked: np.ndarray) -> float:
    times = []
    for i in range(len(asked)):
        begin = time.perf_counter()
        search.nearest(asked[i : i + 1], K)
        times.append(time.perf_counter() - begin)
    return 1000 * float(np.median(times))
