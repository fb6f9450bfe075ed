"""Ranking scores by slow loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from aecore.metrics.recommendation import hits_of, ndcg_at, recall_at, top_things


@pytest.fixture
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(30, 40))
    known = rng.random((30, 40)) < 0.2
    hidden = (rng.random((30, 40)) < 0.15) & ~known
    return scores, known, hidden


def _slow(scores: np.ndarray, known: np.ndarray, hidden: np.ndarray, k: int) -> tuple[float, float]:
    free = [i for i in range(len(scores)) if not known[i]]
    ranked = sorted(free, key=lambda i: -scores[i])[:k]
    most = min(k, int(hidden.sum()))
    recall = sum(bool(hidden[i]) for i in ranked) / most
    gained = sum(1 / math.log2(r + 2) for r, i in enumerate(ranked) if hidden[i])
    return recall, gained / sum(1 / math.log2(r + 2) for r in range(most))


@pytest.mark.parametrize("k", [1, 5, 20])
def test_recall_and_ndcg_are_those_of_a_slow_loop(drawn: tuple[np.ndarray, ...], k: int) -> None:
    scores, known, hidden = drawn
    hits = hits_of(scores, known, hidden, k)
    recall, ndcg = recall_at(hits, hidden.sum(1), k), ndcg_at(hits, hidden.sum(1), k)
    for i in range(len(scores)):
        slow = _slow(scores[i], known[i], hidden[i], k)
        assert (recall[i], ndcg[i]) == pytest.approx(slow)


def test_ndcg_is_that_of_scikit_learn(drawn: tuple[np.ndarray, ...]) -> None:
    scores, _, hidden = drawn
    none = np.zeros_like(hidden)
    found = ndcg_at(hits_of(scores, none, hidden, 10), hidden.sum(1), 10)
    for i in range(len(scores)):
        wanted = ndcg_score(hidden[i : i + 1].astype(float), scores[i : i + 1], k=10)
        assert found[i] == pytest.approx(wanted)


def test_what_is_known_is_never_suggested_and_nobody_without_hidden_things_is_judged() -> None:
    scores = np.array([[3.0, 2.0, 1.0]])
    known = np.array([[True, False, False]])
    hits = hits_of(scores, known, np.array([[True, True, False]]), 2)
    assert hits.tolist() == [[True, False]]
    assert np.isnan(recall_at(hits, np.array([0]), 2))
    assert np.isnan(ndcg_at(hits, np.array([0]), 2))


def test_the_top_is_the_same_by_sorting_all_or_some() -> None:
    scores = np.random.default_rng(1).normal(size=(5, 200))
    assert np.array_equal(top_things(scores, 7), np.argsort(-scores, axis=1)[:, :7])
