"""A detector in the library and `aecore detect`: the same answers, there and back."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import aecore
from aecore.api.detector import ABOUT
from aecore.cli import main
from aecore.errors import DataError, SpecError, TooFewSamplesError

pytestmark = pytest.mark.slow

NORMAL = ("0", "1", "2", "3", "4")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return aecore.Store(tmp_path_factory.mktemp("detector"))


@pytest.fixture(scope="module")
def run(store):
    data = {"normal": NORMAL, "val_fraction": 0.2}
    return aecore.train("undercomplete", "digits", n_epochs=8, store=store, data_settings=data)


@pytest.fixture(scope="module")
def samples(store, run):
    return aecore.load("digits", store=store, normal=NORMAL, val_fraction=0.2)


@pytest.fixture(scope="module")
def found(store, run):
    return aecore.odd_samples(run, store=store)


@pytest.fixture(scope="module")
def detector(store, found):
    return aecore.Detector.of(found, store=store, name="nap", false_alarms=50)


@pytest.fixture(scope="module")
def folder(store, detector, tmp_path_factory):
    return detector.save(tmp_path_factory.mktemp("out") / "detector", store=store)


def called(store, *arguments):
    return CliRunner().invoke(main, ["--store", str(store.root), "detect", *map(str, arguments)])


def test_a_detector_scores_as_the_study_does(detector, found, samples):
    x = samples.x[found.rows[:50]]
    assert detector.score(x) == pytest.approx(found.scores["nap"][:50], rel=1e-5)
    assert np.array_equal(detector.predict(x), detector.p_values(x) <= 0.05)
    assert detector.heat_maps(x).shape == (50, 8, 8)


def test_what_was_saved_answers_the_same_without_the_store(folder, detector, found, samples):
    again = aecore.Detector.load(folder)
    x = samples.x[found.rows[:50]]
    # an exported run holds its weights in 16 bits
    assert again.score(x) == pytest.approx(detector.score(x), rel=5e-3)
    assert again.line == detector.line
    assert not list(folder.rglob("x.npy"))  # no pictures went along


def test_a_bad_detector_is_told_in_a_sentence(folder, tmp_path, detector, found, store):
    about = json.loads((folder / ABOUT).read_text())
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / ABOUT).write_text(json.dumps({**about, "version": 99}))
    with pytest.raises(DataError, match="written by a newer version"):
        aecore.Detector.load(newer)
    (newer / ABOUT).write_text(json.dumps(about))
    with pytest.raises(DataError, match="is damaged"):
        aecore.Detector.load(newer)
    with pytest.raises(DataError, match="holds no detector"):
        aecore.Detector.load(tmp_path)
    with pytest.raises(DataError, match="exists already"):
        detector.save(folder, store=store)
    with pytest.raises(DataError, match="reads samples of shape"):
        detector.score(np.zeros((2, 3, 8, 8), np.uint8))
    with pytest.raises(DataError, match="cannot read"):
        detector.score(np.full((2, 1, 8, 8), np.nan))
    with pytest.raises(SpecError, match="gaussian code"):
        aecore.Detector.of(found, store=store, name="elbo")
    with pytest.raises(TooFewSamplesError, match="held-out normal samples cannot promise"):
        aecore.Detector.of(found, store=store, false_alarms=0.1)


def test_the_command_tells_what_the_library_finds(store, run, found, tmp_path):
    out = tmp_path / "scores.csv"
    how = ("--score", "error", "--false-alarms", "50")
    told = json.loads(called(store, run.key, *how, "-o", out, "--json").stdout)
    assert told["auroc"]["nap"][0] == found.auroc("nap").mean
    with out.open() as file:
        lines = list(csv.DictReader(file))
    scores = [float(line["error"]) for line in lines]
    assert scores == sorted(scores, reverse=True)
    assert sum(line["alarm"] == "1" for line in lines) == told["n_alarms"]
    assert {line["kind"] for line in lines if line["class"] == "7"} == {"anomaly"}
    said = called(store, run.key, *how).stdout
    assert "AUROC" in said
    assert f"{found.auroc('ink').mean:.3f}" in said


def test_pictures_are_judged_by_an_exported_detector(store, run, samples, found, tmp_path):
    odd = found.rows[found.kind == 1][np.argmax(found.scores["nap"][found.kind == 1])]
    usual = samples.parts["train"][0]
    for name, row in (("odd", odd), ("usual", usual)):
        Image.fromarray(samples.x[row, 0]).save(tmp_path / f"{name}.png")
    folder = tmp_path / "detector"
    called(store, run.key, "--score", "nap", "--false-alarms", "50", "--export", folder)
    told = json.loads(
        called(store, folder, tmp_path / "odd.png", tmp_path / "usual.png", "--json").stdout
    )
    assert [line["alarm"] for line in told["pictures"]] == [True, False]
    assert told["pictures"][0]["name"].endswith("odd.png")
    assert "Name pictures" in called(store, folder).stderr


def test_without_a_named_class_the_command_says_why_no_area_is_told(store):
    whole = aecore.train("undercomplete", "digits", n_epochs=1, store=store)
    assert "No AUROC: no anomaly is known" in called(store, whole.key).stdout
    said = called(store, whole.key, "--normal", "0", "--false-alarms", "200").stdout
    assert "The model learnt from" in said


def test_the_command_reads_no_rows_and_names_the_library_instead(store, tmp_path):
    x = np.random.default_rng(0).normal(size=(80, 4))
    rows = aecore.train("undercomplete", x, n_epochs=1, store=store)
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    said = called(store, rows.key, tmp_path / "a.png", "--false-alarms", "200").stderr
    assert "the command reads pictures alone" in said
    assert "aecore.Detector.load" in said


def test_a_picture_of_another_size_or_colour_is_made_fit(store, folder, tmp_path):
    Image.new("RGB", (30, 20), (200, 30, 30)).save(tmp_path / "red.png")
    told = json.loads(called(store, folder, tmp_path / "red.png", "--json").stdout)
    assert np.isfinite(told["pictures"][0]["score"])


def test_a_detector_travels_as_one_zip(detector, store, samples, tmp_path):
    path = detector.save(tmp_path / "detector.zip", store=store)
    again = aecore.Detector.load(path)
    assert again.score(samples.x[:40]) == pytest.approx(detector.score(samples.x[:40]), rel=0.02)
    assert again.line.value == detector.line.value
    with pytest.raises(DataError, match="exists already"):
        detector.save(path, store=store)
    (tmp_path / "other.zip").write_bytes(b"no zip")
    with pytest.raises(DataError):
        aecore.Detector.load(tmp_path / "other.zip")
