"""Odd rows of tables with known anomalies, beside PCA, nearest neighbours and isolation forest.

Six tables in the folder `tables` of the data folder (cardio, letter, musk, pendigits, thyroid,
vowels; numbers, and a column `anomaly`). Trained on 60 % of the normal rows, standardized on them,
judged on the other normal rows and all anomalies; five splits. One default detector for all: no
setting is chosen for a table. Cost: some minutes on two quiet cores.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from aecore.bench.report import Figure
from aecore.bench.tables import by_column
from aecore.bench.tables.million import of_a_million
from aecore.data.sources import data_folder
from aecore.data.table_files import cells_of
from aecore.errors import DataError
from aecore.sklearn import AutoencoderDetector
from aecore.store import Store

NAMES = ("cardio", "letter", "musk", "pendigits", "thyroid", "vowels")
N_SPLITS = 5
NORMAL_SHARE = 0.6
N_BEST, MOST_BELOW_PCA = 4, 0.02
K = 5
_OURS = "autoencoder"
_PCA, _KNN, _FOREST = "PCA", "nearest neighbours", "isolation forest"


def figures(store: Store, *, quick: bool = False) -> Iterator[Figure]:
    """AUROC by table, on how many the detector is best, how far it is below PCA, and speed.

    Parameters
    ----------
    quick
        One split, trained on normal rows alone.
    """
    folder = data_folder() / "tables"
    here = [name for name in NAMES if (folder / f"{name}.csv").exists()]
    for name in NAMES:
        if name not in here:
            yield Figure(name, None, "AUROC", reference=f"not here: put {name}.csv into {folder}")
    found: dict[str, dict[str, float]] = {}
    for name in here:
        x, y = read(folder / f"{name}.csv")
        splits = range(1 if quick else N_SPLITS)
        found[name] = _means([areas(x, y, seed) for seed in splits])
        yield Figure(
            f"{name}, trained on normal rows",
            found[name][_OURS],
            "AUROC",
            better="high",
            reference=_words(found[name]),
        )
        if not quick:
            mixed = _means([areas(x, y, seed, is_mixed=True) for seed in splits])
            yield Figure(
                f"{name}, trained on mixed rows",
                mixed[_OURS],
                "AUROC",
                better="high",
                reference=_words(mixed),
            )
    if found:
        yield from _verdicts(found)
    yield from by_column.figures()
    yield from of_a_million(quick=quick)


def _verdicts(found: dict[str, dict[str, float]]) -> Iterator[Figure]:
    lead = {name: a[_OURS] - max(a[_PCA], a[_KNN], a[_FOREST]) for name, a in found.items()}
    best = [name for name, ahead in lead.items() if ahead >= 0]
    yield Figure(
        "tables on which it is at least as good as the best of the three",
        len(best),
        f"of {len(found)}",
        N_BEST,
        "high",
        ", ".join(f"{name} {ahead:+.4f}" for name, ahead in lead.items()),
    )
    below = {name: a[_PCA] - a[_OURS] for name, a in found.items()}
    worst = max(below, key=lambda name: below[name])
    yield Figure(
        "furthest below PCA", max(0.0, below[worst]), "AUROC", MOST_BELOW_PCA, "low", worst
    )


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Numbers `(n, F)`, and 1 where a row is an anomaly.

    Raises
    ------
    DataError
        If there is no column `anomaly`, or another holds no numbers.
    """
    cells = cells_of(path)
    if "anomaly" not in cells:
        raise DataError(f"{path.name} has no column 'anomaly'.", "Add one with 0 or 1.")
    columns = {name: np.asarray(column, object).astype(float) for name, column in cells.items()}
    y = columns.pop("anomaly").astype(int)
    return np.stack(list(columns.values()), axis=1), y


def areas(x: np.ndarray, y: np.ndarray, seed: int, *, is_mixed: bool = False) -> dict[str, float]:
    """AUROC of each detector on one split.

    Parameters
    ----------
    is_mixed
        Whether 60 % of all rows are trained on, anomalies among them.
    """
    random = np.random.default_rng(seed)
    pool = random.permutation(len(x) if is_mixed else np.flatnonzero(y == 0))
    train = pool[: round(NORMAL_SHARE * len(pool))]
    test = np.setdiff1d(np.arange(len(x)), train)
    scaler = StandardScaler().fit(x[train])
    known, judged = scaler.transform(x[train]), scaler.transform(x[test])
    detector = AutoencoderDetector(random_state=seed).fit(known)
    forest = IsolationForest(random_state=seed).fit(known)
    neighbours = NearestNeighbors(n_neighbors=K).fit(known)
    scores = {
        _OURS: -detector.score_samples(judged),
        _KNN: neighbours.kneighbors(judged)[0].mean(1),
        _FOREST: -forest.score_samples(judged),
    }
    found = {name: float(roc_auc_score(y[test], score)) for name, score in scores.items()}
    found[_PCA] = max(float(roc_auc_score(y[test], s)) for s in pca_scores(known, judged))
    return found


def pca_scores(known: np.ndarray, judged: np.ndarray) -> list[np.ndarray]:
    """Three usual ways to score by PCA; the best on a split counts, which nobody could know before.

    The error of the components that keep a half and nine tenths of the variance, and the squared
    length over all components, each divided by its variance (Shyu et al. 2003).
    """
    scores = []
    for share in (0.5, 0.9):
        pca = PCA(share).fit(known)
        rebuilt = pca.inverse_transform(pca.transform(judged))
        scores.append(((judged - rebuilt) ** 2).mean(1))
    pca = PCA().fit(known)
    kept = pca.explained_variance_ > 1e-6 * pca.explained_variance_[0]
    z = pca.transform(judged)[:, kept]
    return [*scores, (z**2 / pca.explained_variance_[kept]).mean(1)]


def _means(found: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([each[name] for each in found])) for name in found[0]}


def _words(found: dict[str, float]) -> str:
    return ", ".join(f"{name} {found[name]:.4f}" for name in (_PCA, _KNN, _FOREST))
