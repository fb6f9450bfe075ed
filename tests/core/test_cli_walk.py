"""`aecore walk`: what is written is what the run decodes; what cannot be walked is a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import aecore
from aecore.cli import main
from aecore.latent.paths import corners, interpolate, manifold
from aecore.latent.samplers import Prior
from aecore.runs import OpenRun
from aecore.specs.codes import GaussianCodeSpec
from aecore.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("walk"))


@pytest.fixture(scope="module")
def run(store: Store) -> OpenRun:
    code = GaussianCodeSpec(n_dims=2)
    return aecore.train("vae", "digits", n_epochs=1, code=code, store=store)


@pytest.fixture(scope="module")
def x(run: OpenRun, store: Store) -> np.ndarray:
    return np.asarray(aecore.load("digits", store=store).x)


def told(store: Store, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(main, ["--store", str(store.root), "walk", *words, "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("kind", ["linear", "spherical"])
def test_a_walk_between_two_rows_is_written_as_array(
    store: Store, run: OpenRun, x: np.ndarray, tmp_path: Path, kind: Any
) -> None:
    out = tmp_path / "walk.npy"
    flag = ["--spherical"] if kind == "spherical" else []
    words = ["--from", "3", "--to", "8", "--steps", "5", *flag, "-o", str(out)]
    found = told(store, run.key, *words)
    path = interpolate(*run.encode(x[[3, 8]]), 5, kind)
    assert found["codes"] == pytest.approx(path)
    assert np.array_equal(np.load(out), run.decode(path))


def test_a_film_has_as_many_frames_as_there_and_back(
    store: Store, run: OpenRun, tmp_path: Path
) -> None:
    told(store, run.key, "--steps", "6", "-o", str(tmp_path / "walk.gif"))
    with Image.open(tmp_path / "walk.gif") as film:
        assert film.n_frames == 10


def test_squares_are_those_of_the_library(
    store: Store, run: OpenRun, x: np.ndarray, tmp_path: Path
) -> None:
    plane = told(store, run.key, "--plane", "--side", "4", "-o", str(tmp_path / "plane.png"))
    assert plane["codes"] == pytest.approx(manifold(4).reshape(-1, 2))
    with Image.open(tmp_path / "plane.png") as sheet:
        assert sheet.size == (4 * 112 + 3 * 4, 4 * 112 + 3 * 4)
    square = told(store, run.key, "--corners", "1,2,3,4", "--side", "3")
    expected = corners(run.encode(x[[1, 2, 3, 4]]), 3)
    assert square["codes"] == pytest.approx(expected.reshape(-1, 2), abs=1e-5)


def test_samples_are_those_of_the_seed(store: Store, run: OpenRun) -> None:
    words = ["--samples", "prior", "--n", "9", "--seed", "4"]
    assert told(store, run.key, *words)["codes"] == pytest.approx(Prior(2).sample(9, 4))
    for name in ("gaussian", "mixture"):
        assert told(store, run.key, "--samples", name, "--n", "3")["n_codes"] == 3


def test_a_sweep_tells_what_each_number_carries_and_what_losing_it_costs(
    store: Store, run: OpenRun
) -> None:
    found = told(store, run.key, "--sweep")
    assert sorted(found["dims"]) == [0, 1]
    assert found["nats"] == sorted(found["nats"], reverse=True)
    assert len(found["error_increase_percent"]) == 2
    assert found["n_codes"] == 22


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--to", "999999"], "There is no row 999999."),
        (["--sweep", "--plane"], "several kinds of walk"),
        (["--corners", "1,2,x,4"], "are not rows"),
        (["--corners", "1,2,3"], "four corners"),
        (["--steps", "1"], "A path cannot have 1 steps."),
        (["-o", "walk.exe"], "cannot be written"),
    ],
)
def test_what_cannot_be_walked_is_told_in_a_sentence(
    store: Store, run: OpenRun, words: list[str], sentence: str
) -> None:
    done = CliRunner().invoke(main, ["--store", str(store.root), "walk", run.key, *words])
    assert done.exit_code == 1
    assert sentence in done.stderr


def test_a_code_of_many_numbers_has_no_plane(store: Store) -> None:
    key = aecore.train("undercomplete", "digits", n_epochs=1, store=store).key
    done = CliRunner().invoke(main, ["--store", str(store.root), "walk", key, "--plane"])
    assert done.exit_code == 1
    assert "This code has 32 dimensions" in done.stderr
