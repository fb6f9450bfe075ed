"""Distance to the k-th nearest normal sample, among the codes and among the samples as they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aecore.studies.anomaly.method import Method, Scorer, State
from aecore.studies.anomaly.view import View

K = 5
REFERENCE = "Ramaswamy, Rastogi & Shim 2000, SIGMOD"


def _method(
    name: str, title: str, space: Callable[[View], np.ndarray], *, is_baseline: bool
) -> Method:
    def fit(view: View) -> State:
        return {"known": space(view).astype(np.float32)}

    def scorer(state: State) -> Scorer:
        from sklearn.neighbors import NearestNeighbors

        known = state["known"]
        search = NearestNeighbors(n_neighbors=min(K, len(known)), algorithm="brute").fit(known)
        return lambda view: search.kneighbors(space(view))[0][:, -1].astype(np.float64)

    return Method(name, title, "0 upwards", REFERENCE, fit, scorer, is_baseline=is_baseline)


def _codes(view: View) -> np.ndarray:
    return view.z


def _samples(view: View) -> np.ndarray:
    return view.flat


OF_CODES = _method("code_knn", "Nearest codes", _codes, is_baseline=False)
OF_SAMPLES = _method("pixel_knn", "Nearest samples as they are", _samples, is_baseline=True)
