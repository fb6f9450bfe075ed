"""Training on normal samples only: what of each part stays when some classes are anomalies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecore.data.samples import PartName
from aecore.data.sources import Raw
from aecore.errors import DataError, TooFewSamplesError
from aecore.sentence import Sentence, plural


def normal_labels(names: Sequence[str], label_names: Sequence[str]) -> np.ndarray:
    """Labels of the classes that are called normal, int64.

    Raises
    ------
    DataError
        If there is no class of such a name.
    """
    unknown = [name for name in names if name not in label_names]
    if unknown:
        known = ", ".join(label_names[:12]) + ("…" if len(label_names) > 12 else "")
        raise DataError(
            Sentence(
                "There is no class {unknown:.80} that could be normal.", unknown=repr(unknown[0])
            ),
            Sentence("Classes: {known}.", known=known)
            if known
            else "These samples have no labels: name no class.",
        )
    return np.array([list(label_names).index(name) for name in dict.fromkeys(names)], np.int64)


def normal_only(
    parts: dict[PartName, np.ndarray], raw: Raw, names: Sequence[str]
) -> dict[PartName, np.ndarray]:
    """The parts without anomalies in training and validation.

    Anomalies of these join the test part, to judge by; where a set comes with a test part of its
    own that stays as it is, and they are in no part. Samples without a label count as unknown, and
    are not learnt from either.

    Parameters
    ----------
    names
        Classes that are normal; empty: the parts are as they were.

    Raises
    ------
    DataError
        If there is no such class.
    TooFewSamplesError
        If fewer than two normal samples are left to train on.
    """
    if not names:
        return parts
    labels = np.full(len(raw.x), -1) if raw.labels is None else raw.labels
    asked = normal_labels(names, raw.label_names if raw.labels is not None else ())
    is_normal = np.isin(labels, asked)
    found = {part: rows[is_normal[rows]] for part, rows in parts.items() if part != "test"}
    n_normal = len(found["train"])
    if n_normal < 2:
        raise TooFewSamplesError(
            plural(
                "{n_normal} normal sample left to train on.",
                "{n_normal} normal samples left to train on.",
                n_normal,
                n_normal=n_normal or "No",
            ),
            "Call more classes normal, or add more samples of them.",
        )
    odd = [rows[~is_normal[rows]] for part, rows in parts.items() if part != "test"]
    joined = [] if raw.is_test is not None else odd
    return {
        "train": found["train"],
        "val": found["val"],
        "test": np.sort(np.concatenate([parts["test"], *joined])),
    }
