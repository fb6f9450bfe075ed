"""Suggestions: what is hidden, the simple methods by closed forms, the study, and its reasons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

import aecore
from aecore.api.lab import finish
from aecore.data.sparse_rows import SparseRows
from aecore.errors import JobError, SpecError, TooFewSamplesError
from aecore.store import Store
from aecore.studies.recommend.baselines import BASELINES
from aecore.studies.recommend.hidden import hide_things
from aecore.studies.recommend.study import (
    RUN,
    judge,
    recommend_spec,
    scores_of_run,
)
from aecore.studies.recommend.suggest import Recommender


@pytest.fixture(scope="module")
def x() -> np.ndarray:
    """Two sorts of people who choose of two halves of ten things, `(80, 10)`."""
    rng = np.random.default_rng(0)
    liked = np.repeat(np.eye(2), 5, axis=1)[rng.integers(0, 2, 80)]  # (80, 10)
    drawn = (rng.random((80, 10)) < 0.1 + 0.7 * liked).astype(np.float32)
    drawn[drawn.sum(1) < 2, :2] = 1.0
    return drawn


def test_each_person_keeps_and_hides_something(x: np.ndarray) -> None:
    rows = np.arange(20, 60)
    found = hide_things(SparseRows(sparse.csr_array(x)), rows, share=0.2, seed=1)
    known, hidden = found.known[:], found.hidden[:]
    assert np.array_equal(known + hidden, x[found.rows])
    n = x[found.rows].sum(1)
    assert np.array_equal(hidden.sum(1), np.clip(np.rint(0.2 * n), 1, n - 1))
    again = hide_things(SparseRows(sparse.csr_array(x)), rows, share=0.2, seed=1)
    other = hide_things(SparseRows(sparse.csr_array(x)), rows, share=0.2, seed=2)
    assert np.array_equal(again.hidden[:], hidden)
    assert not np.array_equal(other.hidden[:], hidden)


def test_people_of_one_thing_hide_nothing() -> None:
    with pytest.raises(TooFewSamplesError, match="nothing can be hidden"):
        hide_things(SparseRows(sparse.csr_array(np.eye(4))), np.arange(4))


def test_ease_is_the_ridge_regression_of_each_thing_on_the_others(x: np.ndarray) -> None:
    weights = BASELINES["ease"].fit(sparse.csr_array(x), 5.0)["weights"]
    for j in range(x.shape[1]):
        others = [i for i in range(x.shape[1]) if i != j]
        A = x[:, others].astype(np.float64)
        slow = np.linalg.solve(A.T @ A + 5.0 * np.eye(len(others)), A.T @ x[:, j])
        assert weights[others, j] == pytest.approx(slow, abs=1e-5)
    assert not np.diag(weights).any()
    scores = BASELINES["ease"].scores({"weights": weights})
    assert scores(x[:3]) == pytest.approx(x[:3] @ weights, abs=1e-6)


def test_item_item_adds_the_cosines_of_the_nearest(x: np.ndarray) -> None:
    state = BASELINES["item_item"].fit(sparse.csr_array(x), 3)
    unit = x / np.linalg.norm(x, axis=0)
    cosine = unit.T @ unit
    np.fill_diagonal(cosine, -1.0)
    slow = np.zeros_like(cosine)
    for i in range(10):
        near = np.argsort(-cosine[i])[:3]
        slow[i, near] = np.maximum(0.0, cosine[i, near])
    assert BASELINES["item_item"].scores(state)(x[:4]) == pytest.approx(x[:4] @ slow, abs=1e-5)


def test_pure_svd_projects_on_the_first_factors(x: np.ndarray) -> None:
    state = BASELINES["pure_svd"].fit(sparse.csr_array(x), 3)
    v = np.linalg.svd(x, full_matrices=False)[2][:3]
    found = BASELINES["pure_svd"].scores(state)(x[:4])
    assert found == pytest.approx(x[:4] @ v.T @ v, abs=1e-3)


def test_popularity_is_the_same_for_all(x: np.ndarray) -> None:
    state = BASELINES["popularity"].fit(sparse.csr_array(x), 0.0)
    scores = BASELINES["popularity"].scores(state)(x[:2])
    assert np.array_equal(scores, np.stack([x.sum(0)] * 2))


@pytest.fixture(scope="module")
def recommender(x: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    store = Store(tmp_path_factory.mktemp("store"))
    matrix = sparse.csr_array(np.tile(x, (4, 1)))
    parts = {"val_fraction": 0.2, "test_fraction": 0.3}
    run = aecore.train("mult-dae", matrix, store=store, data_settings=parts, n_epochs=30)
    study = finish(store, store.create(recommend_spec(run)).key)
    samples = aecore.load(matrix, store=store, **parts)
    return Recommender(run, samples, study)


def test_a_study_judges_every_method_on_the_same_people(recommender: Recommender) -> None:
    result = recommender.result
    assert set(result.methods) == {RUN, *BASELINES}
    n = {len(method.scores["ndcg@100"]) for method in result.methods.values()}
    assert n == {len(result.rows)}
    assert set(result.rows) <= set(recommender.samples.parts["test"])
    ndcg = {name: method.interval("ndcg@100") for name, method in result.methods.items()}
    assert ndcg[RUN].low > ndcg["popularity"].mean
    assert result.positions.shape == (10, 2)
    assert result.verdict.endswith(".")


def test_the_scores_are_those_of_judging_again(recommender: Recommender) -> None:
    people = hide_things(
        SparseRows(recommender.samples.x.csr), recommender.samples.parts["test"], share=0.2, seed=0
    )
    again = judge(lambda p: scores_of_run(recommender.run, p), people)
    kept = recommender.result.methods[RUN].scores
    assert kept["ndcg@100"] == pytest.approx(again["ndcg@100"])


def test_suggestions_are_of_the_same_taste_and_never_what_was_chosen(
    recommender: Recommender,
) -> None:
    for method in recommender.result.methods:
        found = recommender.suggest([0, 1], n=3, method=method)
        assert not set(found.things) & {0, 1}
        if method in (RUN, "ease", "item_item"):
            assert set(found.things) <= {2, 3, 4}


def test_a_reason_is_what_the_score_loses_without_the_choice(recommender: Recommender) -> None:
    found = recommender.suggest([0, 7], n=8)
    assert found.scores.sum() == pytest.approx(1.0, abs=1e-5)  # all that is not chosen
    x = np.zeros((1, 10), np.float32)
    x[0, 7] = 1.0
    raw = scores_of_run(recommender.run, x)[0].astype(np.float64)
    free = [i for i in range(10) if i not in (0, 7)]
    logs = raw - np.log(np.exp(raw[free]).sum())
    wanted = np.log(found.scores) - logs[found.things]
    assert found.reasons[:, 0] == pytest.approx(wanted, abs=1e-4)
    of_ease = recommender.suggest([0, 7], n=8, method="ease")
    alone = [recommender.suggest([i], n=9, method="ease") for i in (0, 7)]
    for at, one in enumerate(alone):
        score = dict(zip(one.things.tolist(), one.scores, strict=True))
        wanted = [score[int(thing)] for thing in of_ease.things]
        assert of_ease.reasons[:, at] == pytest.approx(wanted, abs=1e-5)


def test_bad_choices_are_told(recommender: Recommender) -> None:
    with pytest.raises(SpecError, match="Nothing was chosen"):
        recommender.suggest([])
    with pytest.raises(SpecError, match="Nothing was chosen"):
        recommender.suggest([99])
    with pytest.raises(SpecError, match="no method"):
        recommender.suggest([0], method="magic")
    with pytest.raises(SpecError, match="no thing called"):
        recommender.find_thing("gold")
    assert recommender.find_thing("Thing 3") == 2


def test_a_run_on_pictures_is_told_why_it_suggests_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run = aecore.train("linear", "digits", store=store, n_epochs=1)
    with pytest.raises(JobError, match="trained on pictures"):
        finish(store, store.create(recommend_spec(run)).key)
