"""`aecore compare`: what it says is what the library scores."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import aecore
from aecore.cli import main
from aecore.metrics.compare import difference
from aecore.studies.scores import load_scores, scores_spec

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return aecore.Store(tmp_path_factory.mktemp("cli-compare"))


@pytest.fixture(scope="module")
def runs(store):
    return [aecore.train("undercomplete", "digits", n_epochs=n, store=store).key for n in (1, 25)]


def called(store, *arguments):
    return CliRunner().invoke(main, ["--store", str(store.root), "compare", *arguments])


def test_scores_and_verdicts_are_told_as_json(store, runs):
    told = json.loads(called(store, *runs, "--json").stdout)
    assert [run["key"] for run in told["runs"]] == runs
    short, long = (
        load_scores(store.artifact(scores_spec(aecore.open_run(store, key)).key)) for key in runs
    )
    expected = difference(long.run.each["mse"], short.run.each["mse"])
    (found,) = (
        score for score in told["scores"] if score["score"] == "mse" and score["column"] == runs[1]
    )
    assert found["value"] == pytest.approx(long.run.each["mse"].mean())
    assert found["difference_high"] == pytest.approx(expected.high)
    assert found["verdict"] == "significant"
    assert {score["column"] for score in told["scores"]} == {*runs, "PCA, 32", "pixels"}


def test_words_name_the_reference_the_best_and_what_is_real(store, runs):
    said = called(store, *runs, "--reference", runs[1]).stdout
    assert f"{runs[1]}  Undercomplete 128-64-32" in said
    (line,) = (line for line in said.splitlines() if "(reference)" in line)
    assert line.startswith(runs[1])
    block = said[said.index("PSNR (up to 100 dB, higher is better)") :].split("\n\n")[0]
    assert "significantly worse" in next(line for line in block.splitlines() if runs[0] in line)


def test_runs_on_other_data_and_a_strange_reference_are_refused(store, runs):
    other = aecore.train(
        "undercomplete", "digits", n_epochs=1, store=store, data_settings={"n_max": 300}
    )
    said = called(store, runs[0], other.key)
    assert said.exit_code == 1
    assert "was trained on other samples" in said.output
    said = called(store, *runs, "--reference", other.key)
    assert said.exit_code == 1
    assert "not one of the runs" in said.output
