"""`aecore bench restore` and `aecore restore train` say what the library computes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from skimage.data import astronaut
from skimage.metrics import peak_signal_noise_ratio

from aecore.bench.restore.measure import noisy_picture, rows
from aecore.bench.restore.methods import METHODS
from aecore.cli import main
from aecore.photos.network_file import read_network
from aecore.photos.noise_level import noise_level
from aecore.photos.training.photographs import held_out_names
from aecore.photos.training.practice import WEIGHTS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("photos")
    x = astronaut()
    Image.fromarray(x[:64, 160:240]).save(into / "one.png")
    Image.fromarray(x[100:180, 160:240]).save(into / f"{held_out_names()[0]}.png")
    return into


def _call(*arguments: str, code: int = 0) -> Result:
    found = CliRunner().invoke(main, arguments)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == code, found.output
    return found


def test_a_slow_method_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = {name: np.zeros((3, 16, 16), np.uint8) for name in "abc"}
    told: list[str] = []
    list(rows(pictures, (25.0,), ["noisy"], watch=told.append))
    assert told == ["as it came, sigma 25"]
    monkeypatch.setattr("aecore.bench.restore.measure._TELL_S", -1)
    list(rows(pictures, (25.0,), ["noisy"], watch=told.append))
    assert told[2:] == [f"as it came, sigma 25: {n} of 3 pictures" for n in range(3)]


def test_levels_may_follow_each_other_and_scores_are_those_by_hand(folder: Path) -> None:
    told = _call(
        *("bench", "restore", str(folder), "--sigma", "15", "40", "--method", "noisy"),
        *("--method", "wavelet", "--json"),
    )
    found = json.loads(told.stdout)["rows"]
    asked = [("noisy", 15), ("noisy", 40), ("wavelet", 15), ("wavelet", 40)]
    assert [(row["method"], row["sigma"]) for row in found] == asked
    assert all(row["n_pictures"] == 2 for row in found)
    by_hand = []
    for index, path in enumerate(sorted(folder.iterdir())):
        x = np.asarray(Image.open(path)).transpose(2, 0, 1)
        dirty = noisy_picture(x, 40, 0, index)
        assert (dirty - x / 255).std() == pytest.approx(40 / 255, rel=0.05)
        assert dirty.min() < 0  # not clipped
        by_hand.append(peak_signal_noise_ratio(x / 255, np.clip(dirty, 0, 1), data_range=1))
    assert found[1]["psnr_db"] == pytest.approx(np.mean(by_hand), abs=1e-4)
    assert found[3]["psnr_db"] > found[1]["psnr_db"] + 2


def test_grey_held_out_and_at_most_so_many(folder: Path) -> None:
    asked = ("bench", "restore", str(folder), "--method", "noisy", "--sigma", "25")
    told = _call(*asked, "--held-out", "--grey").stdout
    assert "sigma 25: PSNR dB" in told
    one = json.loads(_call(*asked, "--held-out", "--json").stdout)["rows"]
    assert one[0]["n_pictures"] == 1
    assert json.loads(_call(*asked, "--max", "1", "--json").stdout)["rows"][0]["n_pictures"] == 1


@pytest.mark.parametrize("name", ["nl_means", "wavelet", "tv"])
@pytest.mark.parametrize("C", [1, 3])
def test_each_filter_betters_a_noisy_picture(name: str, C: int) -> None:
    x = astronaut()[:96, 160:256].transpose(2, 0, 1)[:C]
    known = list(rows({"x": x}, (25.0,), ["noisy", name]))
    assert known[0].psnr_db is not None
    assert known[1].psnr_db is not None
    assert known[1].psnr_db > known[0].psnr_db + 2


def test_a_network_without_weights_is_timed_alone() -> None:
    x = np.zeros((3, 32, 32), np.uint8)
    (row,) = rows({"x": x}, (25.0,), ["dncnn-bf16"])
    assert (row.psnr_db, row.ssim) == (None, None)
    assert row.s_per_megapixel > 0


@pytest.mark.slow
def test_what_is_said_of_noise_and_result_is_held_against_the_truth(folder: Path) -> None:
    told = CliRunner().invoke(main, ["bench", "restore", str(folder), "--truth", "--json"])
    found = {figure["name"]: figure for figure in json.loads(told.stdout)["figures"]}
    assert told.exit_code == (0 if all(figure["pass"] for figure in found.values()) else 3)
    assert found["white noise, estimated at sigma 25: median error"]["target"] == 10
    by_hand = []
    for index, path in enumerate(sorted(folder.iterdir())):
        x = np.asarray(Image.open(path)).transpose(2, 0, 1)
        by_hand.append(100 * abs(255 * noise_level(noisy_picture(x, 25, 0, index)).sigma / 25 - 1))
    estimated = found["white noise, estimated at sigma 25: median error"]
    assert estimated["figure"] == pytest.approx(np.median(by_hand), rel=1e-3)
    light = found["noise that grows with the light, estimated at sigma 25: median error"]
    saved = found["white noise saved as JPEG of quality 90, estimated at sigma 25: median error"]
    assert 0 < light["figure"] < 30
    assert 0 < saved["figure"] < 50
    expected = found["PSNR expected at sigma 25, told: error, median"]
    assert 0 < expected["figure"] < 1.5  # of small pictures little can be seen


def test_what_does_not_fit_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("bench", "restore", str(folder))
    assert "There is no method 'magic'" in _call(*asked, "--method", "magic", code=1).stderr
    monkeypatch.setattr("aecore.bench.restore.measure.find_spec", lambda name: None)
    told = _call(*asked, "--method", "bm3d", code=1).stderr
    assert "non-commercial" in told
    assert "latent-lab[photos]" in told
    assert METHODS["bm3d"].needs == "bm3d"
    assert "no folder" in _call("bench", "restore", str(folder / "nowhere"), code=1).stderr


def test_training_from_the_command_line(folder: Path, tmp_path: Path) -> None:
    asked = ("restore", "train", str(folder), "--out", str(tmp_path), "--widths", "8,16")
    small = ("--blocks", "1", "--patch", "48", "--batch", "1")
    told = _call(*asked, *small, "--steps", "2").stdout
    assert "1 pictures to train on, 1 held out" in told
    assert "step 2" in told
    lines = (tmp_path / "log.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[-1])["step"] == 2
    assert read_network(tmp_path / WEIGHTS).widths == (8, 16)
    _call(*asked, *small, "--steps", "3")
    lines = (tmp_path / "log.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[-1])["step"] == 3
    assert "are not numbers" in _call(*asked[:-1], "wide", *small, code=1).stderr
    assert "Patches of 40 px" in _call(*asked, "--patch", "40", code=1).stderr
