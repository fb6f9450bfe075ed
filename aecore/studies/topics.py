"""Topics: the words that a dimension of the code drives, and those of LSA's dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.data.samples import SampleSet
from aecore.data.sparse_rows import SparseRows
from aecore.errors import DataError
from aecore.metrics.coherence import npmi
from aecore.runs import OpenRun

N_WORDS = 10
_FAR = 2.0
"""Standard deviations that a dimension is moved by, each way."""


@dataclass(frozen=True)
class Topic:
    """What one end of a dimension stands for.

    Parameters
    ----------
    index
        Of the dimension, from 0.
    sign
        1: its high end, -1: its low one.
    words
        Those that gain most, the first one most.
    coherence
        Mean NPMI of these words in the texts of the set, -1 to 1, high is good.
    rows
        Texts that lie furthest at this end, rows of the sample set.
    """

    index: int
    sign: int
    words: tuple[str, ...]
    coherence: float
    rows: tuple[int, ...]


def topics_of(run: OpenRun, samples: SampleSet, codes: np.ndarray) -> list[Topic]:
    """Both ends of each dimension of a code, the most coherent first.

    Each dimension is moved by two standard deviations from the mean code, and decoded. Words are
    ranked by `p ln(p / q)`, their part in the divergence of what is decoded at this end (p) from
    what is decoded at the other (q): frequent words that change, not rare ones that change much.

    Parameters
    ----------
    codes
        float32 `(n_samples, D)`, of all samples.

    Raises
    ------
    DataError
        If the samples are no texts.
    """
    x = _words_of(samples)
    mean, spread = codes.mean(0), codes.std(0)
    ends = [mean + sign * _FAR * np.diag(spread) for sign in (1, -1)]  # (D, D) each
    high, low = (_probabilities(run.decode(z.astype(np.float32))) for z in ends)  # (D, F)
    found = []
    for sign, p, q in ((1, high, low), (-1, low, high)):
        gain = p * np.log(p / q)
        found += [
            _topic(samples, x, i, sign, gain[i], sign * codes[:, i]) for i in range(len(spread))
        ]
    return _ordered(found)


def topics_of_components(
    samples: SampleSet, components: np.ndarray, codes: np.ndarray
) -> list[Topic]:
    """The same of LSA: words with the largest weights in each singular vector.

    Parameters
    ----------
    components
        `(n_dims, F)`.
    codes
        `(n_samples, n_dims)`.
    """
    x = _words_of(samples)
    return _ordered(
        _topic(samples, x, i, sign, sign * components[i], sign * codes[:, i])
        for i in range(len(components))
        for sign in (1, -1)
    )


def _words_of(samples: SampleSet) -> Any:
    if samples.vocabulary is None or not isinstance(samples.x, SparseRows):
        raise DataError("These samples are no texts.", "Open a run that was trained on texts.")
    return samples.x.csr


def _topic(
    samples: SampleSet, x: Any, index: int, sign: int, gain: np.ndarray, value: np.ndarray
) -> Topic:
    columns = np.argsort(-gain, kind="stable")[:N_WORDS]
    columns = columns[gain[columns] > 0]
    words = tuple(samples.feature_names[i] for i in columns)
    coherence = npmi((x[:, columns] != 0).toarray())
    furthest = np.argsort(-value, kind="stable")[:3]
    return Topic(index, sign, words, coherence, tuple(int(row) for row in furthest))


def _ordered(topics: Any) -> list[Topic]:
    return sorted(topics, key=lambda topic: -np.nan_to_num(topic.coherence, nan=-2.0))


def mean_coherence(topics: Sequence[Topic]) -> float:
    """Over all topics, NaN where there is none."""
    known = [topic.coherence for topic in topics if np.isfinite(topic.coherence)]
    return float(np.mean(known)) if known else float("nan")


def _probabilities(decoded: np.ndarray) -> np.ndarray:
    """Rows as probabilities, none of them 0."""
    positive = np.maximum(decoded, 1e-9).astype(np.float64)
    return np.asarray(positive / positive.sum(1, keepdims=True))
