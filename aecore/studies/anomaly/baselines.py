"""Scores that ask nothing of the model, always beside it: PCA's error, a forest, and ink."""

from __future__ import annotations

import numpy as np

from aecore.studies.anomaly.method import Method, Scorer, State, nothing
from aecore.studies.anomaly.view import View

N_COMPONENTS = 32
"""Of PCA, where the code has no fewer numbers."""
_N_TREES = 100
_N_FOREST = 2000


def pca_fit(view: View) -> State:
    """As many principal components as the code has numbers, 32 at most."""
    from sklearn.decomposition import PCA

    n_components = min(N_COMPONENTS, view.run.n_numbers, *view.flat.shape)
    with np.errstate(invalid="ignore", divide="ignore"):  # samples all alike vary by 0
        model = PCA(n_components, random_state=0).fit(view.flat)
    return {"mean": model.mean_, "components": model.components_}


def pca_scorer(state: State) -> Scorer:
    """Mean squared error of what the components leave out."""

    def score(view: View) -> np.ndarray:
        centred = view.flat - state["mean"]
        rest = centred - (centred @ state["components"].T) @ state["components"]
        return np.asarray(np.square(rest).mean(1, dtype=np.float64))

    return score


def forest_fit(view: View) -> State:
    """Normal samples that trees are grown on."""
    step = -(-len(view) // _N_FOREST)
    return {"known": view.flat[::step].astype(np.float32)}


def forest_scorer(state: State) -> Scorer:
    """How early random splits isolate a sample."""
    from sklearn.ensemble import IsolationForest

    model = IsolationForest(n_estimators=_N_TREES, random_state=0).fit(state["known"])
    return lambda view: np.asarray(-model.score_samples(view.flat))


def ink_scorer(state: State) -> Scorer:
    """The mean of all values: it alone explains some famous figures."""
    return lambda view: view.flat.mean(1, dtype=np.float64)


PCA_ERROR = Method(
    "pca",
    "PCA's error",
    "0 upwards",
    "Jackson & Mudholkar 1979, Technometrics 21",
    pca_fit,
    pca_scorer,
    is_baseline=True,
)
FOREST = Method(
    "forest",
    "Isolation forest",
    "0 to 1",
    "Liu, Ting & Zhou 2008, ICDM",
    forest_fit,
    forest_scorer,
    is_baseline=True,
)
INK = Method(
    "ink",
    "Ink (the mean of a sample)",
    "any",
    "nothing is learnt",
    nothing,
    ink_scorer,
    is_baseline=True,
)
