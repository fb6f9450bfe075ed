"""Topics: the words that a direction of the code drives, and those of LSA's dimensions."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.data.samples import SampleSet
from aecore.data.sparse_rows import SparseRows
from aecore.errors import DataError
from aecore.metrics.coherence import npmi
from aecore.runs import OpenRun

N_TOPICS = 20
N_WORDS = 10
_N_FIT = 10_000
"""Codes that directions are found in at the most."""
_FAR = 4.0
"""Standard deviations that a code is moved along a direction."""
_N_EXAMPLES = 3


@dataclass(frozen=True)
class Topic:
    """What one direction stands for.

    Parameters
    ----------
    words
        Those that gain most along it, the first one most.
    coherence
        Mean NPMI of these words in the texts of the set, -1 to 1, high is good.
    rows
        The texts that lie furthest along it, rows of the sample set.
    """

    words: tuple[str, ...]
    coherence: float
    rows: tuple[int, ...]


def topics_of(
    run: OpenRun, samples: SampleSet, codes: np.ndarray, n: int = N_TOPICS, *, seed: int = 0
) -> list[Topic]:
    """Independent directions of a code and the words that each drives, the most coherent first.

    A single dimension of a code means nothing by itself: a rotation of all of them, undone by the
    decoder, is as good a code. Directions along which texts are spread independently do
    (FastICA: Hyvärinen & Oja 2000, Neural Networks 13); each points to where few texts lie
    far out. The mean code is moved along a direction by four standard deviations, and decoded.
    Words are ranked by `p ln(p / q)`, their part in the divergence of what is decoded there (p)
    from the mean code's (q): frequent words that change, not rare ones that change much.

    Parameters
    ----------
    codes
        float32 `(n_samples, D)`, of all samples.

    Raises
    ------
    DataError
        If the samples are no texts.
    """
    from sklearn.decomposition import FastICA
    from sklearn.exceptions import ConvergenceWarning

    x = _words_of(samples)
    some = np.random.default_rng(seed).permutation(len(codes))[:_N_FIT]
    n = max(1, min(n, codes.shape[1], len(some) - 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly independent will do
        ica = FastICA(n, whiten="unit-variance", max_iter=500, random_state=seed)
        values = ica.fit(codes[some].astype(np.float64)).transform(codes)  # (n_samples, n)
    sign = np.where((values**3).mean(0) >= 0, 1.0, -1.0)
    mean = codes.mean(0, keepdims=True)
    there = _probabilities(run.decode(mean + _FAR * sign[:, None] * ica.mixing_.T))  # (n, F)
    gain = there * np.log(there / _probabilities(run.decode(mean)))
    return _ordered(_topic(samples, x, gain[i], sign[i] * values[:, i]) for i in range(n))


def topics_of_components(
    samples: SampleSet, components: np.ndarray, codes: np.ndarray, n: int = N_TOPICS
) -> list[Topic]:
    """The same of LSA: words with the largest weights at both ends of its first dimensions.

    Parameters
    ----------
    components
        `(n_dims, F)`.
    codes
        `(n_samples, n_dims)`.
    """
    x = _words_of(samples)
    return _ordered(
        _topic(samples, x, sign * components[i], sign * codes[:, i])
        for i in range(min(len(components), n // 2))
        for sign in (1.0, -1.0)
    )


def mean_coherence(topics: Sequence[Topic]) -> float:
    """Over all topics, NaN where there is none."""
    return float(np.mean([topic.coherence for topic in topics])) if topics else float("nan")


def _words_of(samples: SampleSet) -> Any:
    if samples.vocabulary is None or not isinstance(samples.x, SparseRows):
        raise DataError("These samples are no texts.", "Open a run that was trained on texts.")
    return samples.x.csr


def _topic(samples: SampleSet, x: Any, gain: np.ndarray, value: np.ndarray) -> Topic:
    columns = np.argsort(-gain, kind="stable")[:N_WORDS]
    columns = columns[gain[columns] > 0]
    words = tuple(samples.feature_names[i] for i in columns)
    coherence = npmi((x[:, columns] != 0).toarray())
    furthest = np.argsort(-value, kind="stable")[:_N_EXAMPLES]
    return Topic(words, coherence, tuple(int(row) for row in furthest))


def _ordered(topics: Iterable[Topic]) -> list[Topic]:
    """Those that have two words or more, the most coherent first."""
    known = [topic for topic in topics if np.isfinite(topic.coherence)]
    return sorted(known, key=lambda topic: -topic.coherence)


def _probabilities(decoded: np.ndarray) -> np.ndarray:
    """Rows as probabilities, none of them 0."""
    positive = np.maximum(decoded, 1e-9).astype(np.float64)
    return np.asarray(positive / positive.sum(1, keepdims=True))
