"""Which columns of a table a code needs: the error when each is shuffled, and the weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from aecore.data.row_values import column_names, column_of_feature, errors_by_column
from aecore.data.samples import PartName, SampleSet
from aecore.errors import TooFewSamplesError
from aecore.runs import OpenRun
from aecore.sentence import Sentence

N_ROWS, N_FIT = 1000, 2000
"""Rows that columns are shuffled in, and that the label is learnt from, at the most."""
_FEWEST = 5
_MOST_STEPS = 1000


@dataclass(frozen=True)
class LabelImportance:
    """How much of the label's accuracy goes with each column; `(n_columns,)` each.

    Parameters
    ----------
    accuracy, raw_accuracy
        Balanced accuracy of logistic regression on the codes, and on the columns themselves.
    drop
        What the accuracy on codes loses where a column is shuffled before it is encoded.
    raw_drop
        The same of the columns themselves: `sklearn.inspection.permutation_importance`, summed over
        the features of a column.
    """

    accuracy: float
    raw_accuracy: float
    drop: np.ndarray
    raw_drop: np.ndarray


@dataclass(frozen=True)
class ColumnImportance:
    """What each column is worth to a model; `(n_columns,)` each, in the order of the table.

    Parameters
    ----------
    own
        By how much the squared error of the column itself grows where it is shuffled among rows,
        variances: high, it is kept in the code; near 0, it was not, or can be told from others.
    others
        By how much the error of all other columns together grows: high, they are told from it.
    spread
        Standard deviation of the sum of both over repeated shuffles.
    weight
        Length of the first layer's weights on the column; None where that is no matrix.
    label
        None where there is no label to judge by; `label_reason` says why.
    """

    names: tuple[str, ...]
    own: np.ndarray
    others: np.ndarray
    spread: np.ndarray
    weight: np.ndarray | None
    label: LabelImportance | None
    label_reason: str = ""

    @property
    def total(self) -> np.ndarray:
        """`own + others`, by which columns are ordered."""
        return np.asarray(self.own + self.others)

    @property
    def order(self) -> np.ndarray:
        """Columns, the one that is needed most first."""
        return np.asarray(np.argsort(-self.total, kind="stable"))


def column_importance(
    run: OpenRun,
    samples: SampleSet,
    part: PartName = "test",
    *,
    n_repeats: int = 5,
    seed: int = 0,
) -> ColumnImportance:
    """Shuffle each column among the rows of a part, and see what that costs.

    Breiman 2001, "Random Forests", Machine Learning 45, section 10; here of a reconstruction.

    Raises
    ------
    DataError
        If the samples are pictures.
    TooFewSamplesError
        If the part has fewer than ten rows.
    """
    names, owner = column_names(samples), column_of_feature(samples)
    random = np.random.default_rng(seed)
    rows = samples.parts[part]
    if len(rows) < 2 * _FEWEST:
        raise TooFewSamplesError(
            "The {part} part has {n_rows} rows; shuffling needs {fewest}.",
            "Choose another part.",
            part=part,
            n_rows=len(rows),
            fewest=2 * _FEWEST,
        )
    rows = np.sort(random.permutation(rows)[:N_ROWS])
    x = np.asarray(samples.x[rows])
    before = errors_by_column(samples, x, run.reconstruct(x)).mean(0)
    grown = np.empty((n_repeats, len(names), len(names)))
    for repeat in range(n_repeats):
        for column in range(len(names)):
            shuffled = _shuffled(x, owner == column, random)
            after = errors_by_column(samples, x, run.reconstruct(shuffled)).mean(0)
            grown[repeat, column] = after - before
    mean = grown.mean(0)  # (shuffled, measured)
    label, reason = _label(run, samples, rows, n_repeats, random)
    return ColumnImportance(
        names=names,
        own=np.diag(mean).copy(),
        others=mean.sum(1) - np.diag(mean),
        spread=grown.sum(2).std(0),
        weight=_weights(run, owner, len(names)),
        label=label,
        label_reason=reason,
    )


def _shuffled(x: np.ndarray, features: np.ndarray, random: np.random.Generator) -> np.ndarray:
    found = x.copy()
    found[:, features] = x[random.permutation(len(x))][:, features]
    return found


def _weights(run: OpenRun, owner: np.ndarray, n_columns: int) -> np.ndarray | None:
    """Length of the first layer's weights, `(n_columns,)`; features are standardized."""
    first = next((m for m in run.model.modules() if isinstance(m, torch.nn.Linear)), None)
    if first is None or first.in_features != len(owner):
        return None
    squares = first.weight.detach().double().square().sum(0).cpu().numpy()  # (F,)
    found: np.ndarray = np.sqrt(np.bincount(owner, squares, n_columns))
    return found


def _label(
    run: OpenRun,
    samples: SampleSet,
    rows: np.ndarray,
    n_repeats: int,
    random: np.random.Generator,
) -> tuple[LabelImportance | None, str]:
    if samples.labels is None:
        return None, Sentence("The table has no label.")
    fit_rows = np.sort(random.permutation(samples.parts["train"])[:N_FIT])
    fit_rows = fit_rows[samples.labels[fit_rows] >= 0]
    rows = rows[samples.labels[rows] >= 0]
    y_fit, y = samples.labels[fit_rows], samples.labels[rows]
    known, counts = np.unique(y_fit, return_counts=True)
    if len(known) < 2 or counts.min() < _FEWEST or len(np.unique(y)) < 2:
        return None, Sentence(
            "The rows that are learnt from have one class, or too few of a class."
        )
    from sklearn.inspection import permutation_importance
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    owner, n_columns = column_of_feature(samples), len(column_names(samples))
    x_fit, x = np.asarray(samples.x[fit_rows]), np.asarray(samples.x[rows])

    def classifier() -> object:
        model = LogisticRegression(max_iter=_MOST_STEPS, class_weight="balanced")
        return make_pipeline(StandardScaler(), model)

    of_codes = classifier().fit(run.encode(x_fit), y_fit)  # type: ignore[attr-defined]
    of_columns = classifier().fit(x_fit, y_fit)  # type: ignore[attr-defined]
    accuracy = float(balanced_accuracy_score(y, of_codes.predict(run.encode(x))))
    drop = np.zeros(n_columns)
    for _ in range(n_repeats):
        for column in range(n_columns):
            codes = run.encode(_shuffled(x, owner == column, random))
            drop[column] += accuracy - balanced_accuracy_score(y, of_codes.predict(codes))
    raw = permutation_importance(
        of_columns,
        x,
        y,
        scoring="balanced_accuracy",
        n_repeats=n_repeats,
        random_state=int(random.integers(2**31)),
    )
    return (
        LabelImportance(
            accuracy=accuracy,
            raw_accuracy=float(balanced_accuracy_score(y, of_columns.predict(x))),
            drop=drop / n_repeats,
            raw_drop=np.bincount(owner, raw.importances_mean, n_columns),
        ),
        "",
    )
