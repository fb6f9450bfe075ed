"""The bench of own pictures: sets that are missing are told, ratios are those of a second route."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from sklearn.decomposition import PCA

from aecore.bench.own import measure, sets, steps, tasks
from aecore.cli import main
from aecore.data.samples import SampleSet
from aecore.data.shipped import digits
from aecore.errors import DataError
from aecore.models.autoencoder import new_model
from aecore.runs import OpenRun
from aecore.specs.codes import PlainCodeSpec
from aecore.specs.run import CorruptionSpec, NetworkSpec
from aecore.store import Store
from tests.core.conftest import a_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("mine")
    for number, x in enumerate(digits().x[:60]):
        Image.fromarray(x[0]).resize((16, 16)).save(found / f"{number:02}.png")
    return found


def test_a_set_that_is_not_here_is_told_and_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    found = list(measure.figures(Store(tmp_path / "s"), sets=["faces", "colour-32"], seeds=1))
    assert [figure.figure for figure in found] == [None, None]
    assert "faces is not here" in found[0].reference
    assert "bsds400 is not here" in found[1].reference


def test_an_unknown_set_is_refused(tmp_path):
    with pytest.raises(DataError, match="no set 'fcaes'"):
        list(sets.sets_of((), ["fcaes"], tmp_path))


def test_cuttings_are_decided_by_the_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(sets, "N_CUTTINGS", 20)
    photos = tmp_path / "bsds400"
    photos.mkdir()
    x = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    Image.fromarray(x).save(photos / "one.png")
    cut = []
    for place, seed in (("a", 0), ("b", 0), ("c", 1)):
        sets._write_cuttings(photos, tmp_path / place, (24, 40), seed)
        files = sorted((tmp_path / place).iterdir())
        assert len(files) == 20
        cut.append(np.asarray(Image.open(files[7])))
    assert cut[0].shape == (24, 40, 3)
    assert np.array_equal(cut[0], cut[1])
    assert not np.array_equal(cut[0], cut[2])


def test_steps_are_timed_in_both_precisions():
    (small, *_, large) = steps.figures(["undercomplete"])
    assert "28 px, grey" in small.name
    assert "64 px, colour" in large.name
    assert small.figure is not None
    assert small.figure > 0
    assert small.target is large.target is None  # small dense networks are offered float32
    assert " ms" in small.reference


@pytest.mark.slow
def test_the_command_trains_on_any_folder_and_holds_it_against_pca(folder):
    told = ["bench", "own", str(folder), "--recipe", "linear", "--seeds", "1", "--json"]
    answer = CliRunner().invoke(main, told)
    assert answer.exit_code == 0, answer.output
    rows = json.loads(answer.stdout)
    assert [row["pass"] for row in rows] == [True]
    assert rows[0]["figure"] == pytest.approx(1.0, abs=0.01)
    assert rows[0]["target"] == 1.01
    assert set(rows[0]) >= {"name", "figure", "unit", "target", "reference", "pass"}


def test_a_network_that_repairs_nothing_is_behind_a_filter():
    x = digits().x[:40].repeat(3, axis=2).repeat(3, axis=3)
    samples = SampleSet(x, {"train": np.arange(20), "val": np.arange(0), "test": np.arange(20, 40)})
    spec = a_run(network=NetworkSpec(kind="linear"), corruption=CorruptionSpec(kind="gaussian"))
    model = new_model(spec, samples.shape).eval().requires_grad_(False)
    run = OpenRun("run-blind", spec, model, SampleSet(x[:0], {}), 1)
    ratio, words = tasks.over_the_baseline(run, samples)
    assert ratio > 1.5
    assert "Gaussian" in words


def test_units_are_active_where_they_leave_what_they_mostly_say():
    spec = a_run(
        network=NetworkSpec(kind="linear", output="linear", pca_start=True),
        code=PlainCodeSpec(n_dims=16, activation="relu"),
    )
    from aecore.training.begin import begin

    x = digits().x[:200]
    samples = SampleSet(x, {"train": np.arange(200), "val": np.arange(0), "test": np.arange(0)})
    model = begin(samples, spec).model.cpu().eval().requires_grad_(False)
    run = OpenRun("run-relu", spec, model, SampleSet(x[:0], {}), 1)
    flat = PCA(8).fit_transform(x.reshape(200, -1) / 255.0)
    flat = np.abs(flat / flat.std(0))  # of each pair of units one is this, the other 0
    z = np.concatenate([flat, 0 * flat], 1)
    assert measure.n_active(run, x) == pytest.approx(
        round((z > 0.1 * z.std()).sum(1).mean()), abs=1
    )
