"""`aecore features`: what it says is what the library finds."""

from __future__ import annotations

import csv
import json

import pytest
from click.testing import CliRunner

import aecore
from aecore.api.inside import codes_as_features
from aecore.cli import main

pytestmark = pytest.mark.slow

FEW = ("--labels", "20", "--labels", "100", "--draws", "2")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return aecore.Store(tmp_path_factory.mktemp("cli-features"))


@pytest.fixture(scope="module")
def run(store):
    return aecore.train("undercomplete", "digits", n_epochs=10, store=store)


@pytest.fixture(scope="module")
def found(store, run):
    return codes_as_features(run, store=store, n_labels=(20, 100), n_draws=2)


def called(store, *arguments):
    return CliRunner().invoke(main, ["--store", str(store.root), "features", *arguments])


def test_accuracies_and_groups_are_told_as_json(store, run, found):
    told = json.loads(called(store, run.key, *FEW, "--json").stdout)
    assert told["n_labels"] == [20, 100]
    assert told["accuracy"]["run-knn"] == found.curves["run-knn"].accuracy.tolist()
    assert told["clusters"]["pca"]["nmi"] == found.agreement["pca"].nmi
    assert (told["key"], told["study"], told["part"]) == (run.key, "codes", "test")


def test_words_are_a_table_and_the_file_holds_every_draw(store, run, found, tmp_path):
    out = tmp_path / "figures.csv"
    said = called(store, run.key, *FEW, "-o", str(out)).stdout
    (line,) = (line for line in said.splitlines() if line.startswith("PCA, linear probe"))
    values = [float(word) for word in line.removeprefix("PCA, linear probe").split()]
    assert values == pytest.approx(100 * found.curves["pca-probe"].mean, abs=0.06)
    assert f"k-means of codes: NMI {found.agreement['run'].nmi:.3f}" in said
    with out.open() as file:
        lines = list(csv.DictReader(file))
    (value,) = (
        line["value"]
        for line in lines
        if (line["what"], line["labels"], line["draw"]) == ("pixels-knn", "100", "1")
    )
    assert float(value) == found.curves["pixels-knn"].accuracy[1, 1]


def test_what_a_plain_code_cannot_is_said(store, run):
    said = called(store, run.key, "--study", "new")
    assert said.exit_code == 1
    assert "this code is plain" in said.output
