"""t-SNE: each point's neighbours on the map are made to be those among the codes."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from aecore.artifact import Progress
from aecore.maps.layouts.layout import Distinct, LayingOut, Layout, too_few
from aecore.maps.layouts.neighbours import Neighbours, nearest
from aecore.maps.layouts.pca import project
from aecore.sentence import Sentence
from aecore.specs.maps import TsneSpec

N_LEAST = 5
"""Different codes that it needs at the least."""
N_EARLY, N_LATE = 250, 500
"""Steps with neighbours drawn together more strongly, and steps after them."""
EXAGGERATION = 12.0
_N_FOR_INTERPOLATION = 3000
"""Points from which interpolation is faster than the tree."""


def lay_out(distinct: Distinct, spec: TsneSpec) -> LayingOut:
    """van der Maaten & Hinton 2008, JMLR 9: 2579-2605. By openTSNE.

    Poličar, Stražar & Zupan 2024, doi:10.18637/jss.v109.i03. Forces are found by
    interpolation (Linderman et al. 2019, doi:10.1038/s41592-018-0308-4) where there are many
    points in two dimensions, else by Barnes and Hut's tree. It starts from the principal
    components, which keeps the arrangement at large meaningful (Kobak & Berens 2019,
    doi:10.1038/s41467-019-13056-x), slightly shaken by the seed.
    """
    m = len(distinct)
    if m < N_LEAST:
        return too_few(distinct, "t-SNE", project(distinct, spec.n_components))
    z = distinct.standard()
    perplexity = min(spec.perplexity, (m - 1) / 3)
    near = yield from nearest(z, min(m - 1, int(3 * perplexity)))
    embedding = _start(distinct, near, perplexity, spec)
    # where neighbourhoods take in a good part of all points, more would draw them into one
    exaggeration = min(EXAGGERATION, max(1.0, m / (3 * perplexity)))
    n_steps = N_EARLY + N_LATE
    is_many = m >= _N_FOR_INTERPOLATION and spec.n_components == 2
    # the grid is twice as coarse as by default: a fifth of the time, neighbours kept as well
    forces: dict[str, Any] = {"negative_gradient_method": "fft", "ints_in_interval": 2}
    n_at_once = 5 if spec.n_components == 3 and m > _N_FOR_INTERPOLATION else 25  # Stop is heard
    begin, eta_s = time.monotonic(), None
    for n_done in range(0, n_steps, n_at_once):
        if n_done:
            eta_s = (time.monotonic() - begin) / n_done * (n_steps - n_done)
        yield Progress("laying out by t-SNE", n_done, n_steps, eta_s)
        is_early = n_done < N_EARLY
        embedding.optimize(
            n_iter=n_at_once,
            exaggeration=exaggeration if is_early else None,
            momentum=0.5 if is_early else 0.8,
            inplace=True,
            **(forces if is_many else {"negative_gradient_method": "bh"}),
        )
    note = ""
    if perplexity < spec.perplexity:
        note = Sentence(
            "Only {n} different codes: perplexity {perplexity:.3g}, not {asked:g}.",
            n=m,
            perplexity=perplexity,
            asked=spec.perplexity,
        )
    axes = tuple(f"t-SNE {number}" for number in range(1, spec.n_components + 1))
    return Layout(np.array(embedding, np.float32), axes, note)


def _start(distinct: Distinct, near: Neighbours, perplexity: float, spec: TsneSpec) -> Any:
    """Where the points begin, with who draws whom; openTSNE's `TSNEEmbedding`."""
    import torch
    from openTSNE import TSNE
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    # over few points threads would wait for each other longer than they work
    n_threads = torch.get_num_threads() if len(distinct) >= _N_FOR_INTERPOLATION else 1
    affinities = PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(near.index, near.distance.astype(np.float64)),
        perplexity=perplexity,
        n_jobs=n_threads,
    )
    first = project(distinct, spec.n_components).positions.astype(np.float64)  # (m, d)
    first *= 1e-4 / (first[:, 0].std() or 1.0)
    first += np.random.default_rng(spec.seed).normal(scale=1e-5, size=first.shape)
    method = TSNE(
        n_components=spec.n_components,
        initialization=first,
        n_jobs=n_threads,
        random_state=spec.seed,
    )
    return method.prepare_initial(affinities=affinities)
