"""Columns that a code needs are told from those that it does without."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import aecore
from aecore.cli import main
from aecore.data.row_values import errors_by_column
from aecore.data.samples import SampleSet
from aecore.errors import DataError, TooFewSamplesError
from aecore.runs import OpenRun
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import NetworkSpec
from aecore.store import Store
from aecore.studies.feature_selection import column_importance

N = 600


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, OpenRun, SampleSet]:
    """Two columns that say the same, one alone, and a constant; the label is of the pair."""
    draw = np.random.default_rng(0)
    a, b = draw.normal(size=(2, N))
    table = pd.DataFrame({"a": a, "again": a + 0.01 * draw.normal(size=N), "b": b, "same": 1.0})
    table["class"] = np.where(a > 0, "high", "low")
    store = Store(tmp_path_factory.mktemp("columns"))
    start = NetworkSpec(kind="linear", widths=(), output="linear", pca_start=True)
    run = aecore.train(
        "linear", table, store=store, n_epochs=1, network=start, code=PlainCodeSpec(n_dims=2)
    )
    return store, run, aecore.load(table, store=store)


def test_a_constant_is_not_needed_and_a_column_without_a_double_is_needed_most(found):
    _, run, samples = found
    worth = column_importance(run, samples)
    assert worth.names == ("a", "again", "b", "same")
    assert worth.names[worth.order[0]] == "b" and abs(worth.total[3]) < 0.02
    assert worth.others[0] > 0.2 > abs(worth.others[2])  # its double is told from it; b is alone
    assert worth.weight is not None and worth.weight[3] < 0.1 * worth.weight[2]


def test_growth_is_that_of_a_slow_loop_over_many_shuffles(found):
    _, run, samples = found
    rows, random = np.sort(samples.parts["test"]), np.random.default_rng(9)
    x = samples.x[rows]
    before = errors_by_column(samples, x, run.reconstruct(x)).mean(0)
    grown = []
    for _ in range(40):
        shuffled = x.copy()
        shuffled[:, 2] = random.permutation(x[:, 2])
        grown.append(errors_by_column(samples, x, run.reconstruct(shuffled)).mean(0) - before)
    worth = column_importance(run, samples, n_repeats=40)
    assert worth.own[2] == pytest.approx(np.mean(grown, 0)[2], rel=0.2)


def test_the_label_is_judged_on_codes_and_by_scikit_learn(found):
    _, run, samples = found
    label = column_importance(run, samples).label
    assert label is not None and label.accuracy > 0.9 and label.raw_accuracy > 0.9
    assert label.drop[0] > 0.05 and label.raw_drop[:2].sum() > 0.05
    assert abs(label.drop[2]) < 0.05 and abs(label.raw_drop[2]) < 0.05


def test_the_same_seed_gives_the_same_answer(found):
    _, run, samples = found
    one, same = (column_importance(run, samples, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.total, same.total)


def test_pictures_and_small_parts_are_refused(found, tmp_path: Path):
    _, run, samples = found
    digits = aecore.load("digits", store=Store(tmp_path), n_max=20)
    with pytest.raises(DataError, match="pictures, not rows"):
        column_importance(run, digits)
    small = SampleSet(**{**samples.__dict__, "parts": {**samples.parts, "test": np.arange(4)}})
    with pytest.raises(TooFewSamplesError, match="4 rows"):
        column_importance(run, small)


def test_the_command_lists_columns_the_most_needed_first(found):
    store, run, _ = found
    told = CliRunner().invoke(main, ["--store", str(store.root), "columns", run.key, "--json"])
    assert told.exit_code == 0, told.output
    rows = json.loads(told.output)["columns"]
    assert rows[0]["column"] == "b" and rows[-1]["column"] == "same"
    plain = CliRunner().invoke(main, ["--store", str(store.root), "columns", run.key])
    assert plain.output.splitlines()[1].startswith("b ")
