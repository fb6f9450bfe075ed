"""`aecore similar`: what it says is what the library finds."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from PIL import Image

import aecore
from aecore.cli import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return aecore.Store(tmp_path_factory.mktemp("cli-similar"))


@pytest.fixture(scope="module")
def run(store):
    return aecore.train("undercomplete", "digits", n_epochs=3, store=store)


def called(store, *arguments):
    return CliRunner().invoke(main, ["--store", str(store.root), "similar", *map(str, arguments)])


def test_a_picture_of_the_set_finds_itself_in_each_space(store, run, tmp_path):
    digits = aecore.load("digits", store=store)
    Image.fromarray(digits.x[42, 0]).save(tmp_path / "one.png")
    told = json.loads(called(store, run.key, tmp_path / "one.png", "-k", 3, "--json").stdout)
    assert {space: rows[0][0] for space, rows in told["rows"].items()} == {
        "code": 42,
        "pca": 42,
        "pixels": 42,
    }
    said = called(store, run.key, tmp_path / "one.png").stdout
    assert f"42:{digits.labels[42]}" in said


def test_each_search_is_judged_and_duplicates_are_listed(store, run):
    told = json.loads(called(store, run.key, "--json").stdout)
    search = aecore.SimilarSamples(run, aecore.load("digits", store=store))
    assert told["judged"]["code"]["precision_at_10"][0] == search.judged().precision.mean
    assert {"code", "pca", "pixels", "64 bits"} < set(told["judged"])
    assert [pair[:2] for pair in told["duplicates"]] == search.duplicates().pairs.tolist()
    assert "mAP" in called(store, run.key).stdout
    assert "24 bits" in json.loads(called(store, run.key, "--bits", 24, "--json").stdout)["judged"]


def test_a_layer_that_there_is_not_is_told(store, run):
    said = called(store, run.key, "--layer", "layer-9")
    assert said.exit_code != 0
    assert "no layer 'layer-9'" in said.output
