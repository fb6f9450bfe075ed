"""Rows are judged by the likelihood that they were learnt by, beside that of frequencies."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from aecore.data.samples import SampleSet
from aecore.data.sparse_rows import SparseRows
from aecore.models.autoencoder import new_model
from aecore.runs import OpenRun
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec, RunSpec
from aecore.specs.terms import TERM_SPECS
from aecore.studies.anomaly.error import errors
from aecore.studies.anomaly.view import View
from aecore.studies.evaluation import evaluate, row_nats
from tests.core.conftest import SOME_DATA


def _run(term: str, output: str, n_features: int) -> OpenRun:
    spec = RunSpec.of(
        data=SOME_DATA,
        network=NetworkSpec.of(kind="linear", widths=(), output=output),
        code=PlainCodeSpec(n_dims=2),
        objective=(TERM_SPECS[term](),),
    )
    frame = SampleSet(x=np.empty((0, n_features), np.float32), parts={})
    return OpenRun("run", spec, new_model(spec, (n_features,)).eval(), frame, 0)


@pytest.fixture
def baskets() -> SampleSet:
    x = np.random.default_rng(0).integers(0, 3, (30, 6)).astype(np.float32)
    x[:, 0] = 1  # nobody has nothing
    parts = {"train": np.arange(20), "val": np.arange(20, 24), "test": np.arange(24, 30)}
    return SampleSet(x=SparseRows(sp.csr_matrix(x)), parts=parts)


def test_baskets_cost_the_log_probability_of_each_thing(baskets: SampleSet) -> None:
    run = _run("multinomial", "softmax", 6)
    found = evaluate(run, baskets, "test")
    assert found.has_likelihood
    x = np.asarray(baskets.x[found.rows])
    p = run.reconstruct(x)
    frequency = np.asarray(baskets.x[baskets.parts["train"]]).mean(0)
    frequency /= frequency.sum()
    for i, row in enumerate(x):
        ours = -sum(row[j] * np.log(p[i, j]) for j in range(6)) / row.sum()
        plain = -sum(row[j] * np.log(frequency[j]) for j in range(6)) / row.sum()
        assert found.nats[i] == pytest.approx(ours, rel=1e-5)
        assert found.mean_nats[i] == pytest.approx(plain, rel=1e-5)


def test_twice_as_full_a_basket_costs_as_much_for_each_thing(baskets: SampleSet) -> None:
    run = _run("multinomial", "softmax", 6)
    x = np.asarray(baskets.x[:5])
    _, plain = row_nats(run, baskets, x)
    _, twice = row_nats(run, baskets, 2 * x)
    assert twice == pytest.approx(plain, rel=1e-6)


def test_anomaly_scores_read_probabilities_and_no_raw_output(baskets: SampleSet) -> None:
    run = _run("multinomial", "softmax", 6)
    view = View(run, np.asarray(baskets.x[:5]))
    assert view.x_hat.sum(1) == pytest.approx(np.ones(5), rel=1e-5)
    assert errors(view) == pytest.approx(np.asarray(run.nats(view.x)))


def test_a_run_of_squared_errors_has_no_likelihood() -> None:
    run = _run("mse", "linear", 4)
    x = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
    parts = {"train": np.arange(6), "val": np.arange(6, 8), "test": np.arange(8, 12)}
    samples = SampleSet(x=x, parts=parts)
    assert run.nats(x) is None
    assert not evaluate(run, samples).has_likelihood
    view = View(run, x)
    assert errors(view) == pytest.approx(np.square(x - view.x_hat), rel=1e-5)


def test_an_error_of_a_category_counts_once_whatever_word_is_there() -> None:
    run = _run("columns", "columns", 4)
    columns = run.model.columns
    assert columns is not None
    columns.kind.copy_(torch.tensor([0, 2, 2, 2]))
    columns.group.copy_(torch.tensor([0, 1, 1, 1]))
    x = np.array([[0.5, 0, 1, 0], [0.5, 0, 0, 1]], np.float32)
    nats, found = np.asarray(run.nats(x)), errors(View(run, x))
    assert found[:, 1] == pytest.approx(nats[:, 1:].sum(1))
    assert found[:, 2:].tolist() == [[0, 0], [0, 0]]
