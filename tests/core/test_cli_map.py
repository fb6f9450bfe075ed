"""`aecore map`: what it writes is what the library lays out."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load

import aecore
from aecore.cli import main
from aecore.figures.payload import unpack


@pytest.fixture
def run(a_store):
    return aecore.train("undercomplete", "digits", n_epochs=1, store=a_store)


def called(a_store, *arguments):
    return CliRunner().invoke(main, ["--store", str(a_store.root), "map", *map(str, arguments)])


def test_a_map_is_told_with_its_scores_and_opened_when_asked_again(run, a_store):
    told = json.loads(called(a_store, run.key, "--max", 300, "--json").stdout)
    found = aecore.latent_map(run, "pca", store=a_store, n_max=300)
    assert told["key"] == found.key
    assert told["n"] == 300
    assert told["trustworthiness"] == pytest.approx(found.trustworthiness)
    assert told["continuity"] == pytest.approx(found.continuity)


def test_files_hold_the_positions_of_the_map(run, a_store, tmp_path):
    found = aecore.latent_map(run, "pca", store=a_store, n_max=200, n_components=3)
    paths = [tmp_path / f"map.{ending}" for ending in ("csv", "npz", "json", "html")]
    for path in paths:
        done = called(a_store, run.key, "--max", 200, "--3d", "-o", path)
        assert done.exit_code == 0, done.output
    csv, npz, as_json, html = paths
    header, *lines = csv.read_text().splitlines()
    assert header == "row,x,y,z,error,part,label"
    values = np.array([[float(v) for v in line.split(",")] for line in lines])
    assert np.allclose(values[:, 1:4], found.positions, atol=1e-5)
    assert np.array_equal(values[:, 0], found.codes.rows)
    with np.load(npz) as kept:
        assert np.array_equal(kept["y"], found.positions[:, 1])
        assert np.array_equal(kept["codes"], found.codes.z)
    assert np.allclose(json.loads(as_json.read_text())["points"]["z"], found.positions[:, 2])
    assert "plotly" in html.read_text(encoding="utf-8").lower()


def test_a_living_map_is_a_page_with_the_decoder_in_it(run, a_store, tmp_path):
    page = tmp_path / "map.html"
    done = called(a_store, run.key, "--max", 300, "--living", "-o", page)
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    packed = re.search(r'id="packed">([^<]+)<', text)
    head, arrays = unpack(base64.b64decode(packed.group(1)))
    found = aecore.latent_map(run, "pca", store=a_store, n_max=300)
    assert np.array_equal(arrays["xy"].reshape(-1, 2), found.positions)
    assert np.array_equal(arrays["row"], found.codes.rows)
    assert head["inverse"]["kind"] == "linear"
    assert len(load(arrays["decoder"].tobytes())) == 2 * sum(
        layer["op"] == "dense" for layer in head["decoder"]["layers"]
    )
    assert len(arrays["decoding_error"]) == 300
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dims", "a,b", "--method", "codes"], "not a list of numbers"),
        (["--dims", "1,2"], "method.pca.dims: there is no such setting"),
        (["--method", "plane"], "three different samples"),
        (["--method", "plane", "--through", "3,x"], "--through '3,x' is not a list of numbers"),
        (["-o", "map.exe"], "cannot be written"),
        (["--living", "-o", "map.csv"], "written as HTML"),
        (["--method", "plane", "--3d"], "A plane has two dimensions"),
        (["--method", "umap", "--perplexity", "5"], "method.umap.perplexity: there is no such"),
        (["--method", "umap", "--min-dist", "2"], "method.umap.min_dist: Input should be less"),
        (["--living", "--3d", "-o", "map.html"], "two dimensions"),
        (["--method", "codes", "--dims", "3,999"], "dimension"),
    ],
)
def test_bad_wishes_end_in_a_sentence(run, a_store, arguments, words):
    done = called(a_store, run.key, *arguments)
    assert done.exit_code == 1
    assert words in done.output
    assert "Traceback" not in done.output
