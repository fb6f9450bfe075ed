"""`aecore bench restore --pairs` scores photographs against the clean ones beside them."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from skimage.data import astronaut
from skimage.metrics import peak_signal_noise_ratio

from aecore.bench.restore.pairs import Scores, figures, pairs_of
from aecore.cli import main
from aecore.errors import DataError
from aecore.photos.restorer import restore

OFTEN = ("input", "app", "network", "network-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("pairs")
    rng = np.random.default_rng(0)
    for number, top in enumerate((0, 60, 120)):
        x = astronaut()[top : top + 80, 150:246]
        noisy = np.rint(x + rng.normal(0, 12, x.shape)).clip(0, 255).astype(np.uint8)
        Image.fromarray(x).save(into / f"shot{number}_mean.png")
        Image.fromarray(noisy).save(into / f"shot{number}_real.png")
    return into


def _call(*arguments: str, code: int = 0) -> Result:
    found = CliRunner().invoke(main, ("bench", "restore", *arguments))
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == code, found.output
    return found


def _pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_scores_are_those_by_hand(folder: Path) -> None:
    methods = [word for name in OFTEN for word in ("--method", name)]
    told = json.loads(_call("--pairs", str(folder), *methods, "--json").stdout)
    rows = {row["name"]: row for row in told["pictures"]}
    assert len(rows) == 3 * len(OFTEN)
    row_form = {"name", "figure", "unit", "target", "better", "reference", "pass"}
    assert all(set(row) == row_form for row in (*told["pictures"], *told["figures"]))
    before, after = [], []
    for number in range(3):
        clean, x = (_pixels(folder / f"shot{number}_{part}.png") for part in ("mean", "real"))
        cleaned = restore(x.transpose(2, 0, 1)).x_hat.transpose(1, 2, 0)
        before.append(peak_signal_noise_ratio(clean, x))
        after.append(peak_signal_noise_ratio(clean, cleaned))
        assert rows[f"shot{number}: input"]["figure"] == pytest.approx(before[-1], abs=1e-4)
        assert rows[f"shot{number}: network-8"]["figure"] == pytest.approx(after[-1], abs=1e-3)
    by_name = {row["name"].split(":")[0]: row for row in told["figures"]}
    assert by_name["as it came"]["figure"] == pytest.approx(np.mean(before), abs=1e-4)
    mean = by_name["the network for white noise alone, in the depth of the photograph"]
    assert mean["figure"] == pytest.approx(np.mean(after), abs=1e-3)
    assert f"{np.mean(after) - np.mean(before):+.2f} dB over the input" in mean["reference"]
    assert "0 below their input" in mean["reference"]


def test_what_falls_short_is_told_and_fails() -> None:
    def scores(app: list[float]) -> Scores:
        found = {"input": [30.0, 34.0], "network": [32.1, 33.1], "network-8": [32.0, 33.0]}
        arrays = {name: np.array(values) for name, values in {**found, "app": app}.items()}
        return Scores(("a", "b"), np.array([False, True]), arrays, dict.fromkeys(OFTEN, ""), {})

    missed = {figure.name: figure for figure in figures(scores([32.0, 32.9])) if not figure.passed}
    gain, off, held_out, worst = missed.values()
    assert gain.figure == pytest.approx(-1.1)
    assert off.figure == pytest.approx(-0.05)
    assert held_out.figure == pytest.approx(-0.1)
    assert worst.figure == pytest.approx(-1.1)  # the input was better than the network there
    assert worst.reference == "b; 1 of 2 miss it"
    network = next(f for f in figures(scores([32.0, 32.9])) if f.name.startswith("the network"))
    assert "1 below their input" in network.reference
    assert "the least gain -0.90 dB (b)" in network.reference
    assert all(figure.passed for figure in figures(scores([32.0, 34.0])))


def test_fewer_pairs_are_spread_over_the_folder_and_know_their_half(folder: Path) -> None:
    found = pairs_of(folder, 2)
    assert [(pair.name, pair.is_held_out) for pair in found] == [("shot0", False), ("shot1", True)]
    assert [pair.name for pair in pairs_of(folder, 1)] == ["shot0"]
    assert len(pairs_of(folder, 9)) == 3


def test_what_is_no_pair_is_a_sentence(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(DataError, match="holds no pairs"):
        pairs_of(tmp_path)
    Image.new("RGB", (20, 20)).save(tmp_path / "one_real.png")
    with pytest.raises(DataError, match="has no clean photograph"):
        pairs_of(tmp_path)
    Image.new("RGB", (20, 30)).save(tmp_path / "one_mean.jpg")
    with pytest.raises(DataError, match="same size"):
        pairs_of(tmp_path)
    assert "no method 'tv'" in _call("--pairs", str(folder), "--method", "tv", code=1).output
    assert "--pairs DIR" in _call(code=2).output


def test_a_method_that_is_not_installed_says_so(folder: Path) -> None:
    if find_spec("bm3d") is not None:
        pytest.skip("bm3d is installed here.")
    told = json.loads(_call("--pairs", str(folder), "--method", "bm3d", "--json").stdout)
    (row,) = told["figures"]
    assert row["figure"] is None
    assert "latent-lab[photos]" in row["reference"]
    assert told["pictures"] == []


def test_a_crop_begins_on_the_grid_of_jpeg_and_is_of_both(folder: Path) -> None:
    (whole, *_), (part, *_) = pairs_of(folder), pairs_of(folder, crop_px=64)
    assert part.x.shape == part.clean.shape == (3, 64, 64)
    assert np.array_equal(part.x, whole.x[:, :64, 16:80])
    assert np.array_equal(part.clean, whole.clean[:, :64, 16:80])


def test_a_page_shows_before_after_and_clean(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    told = _call("--pairs", str(folder), "--max", "2", "--page", str(page)).stdout
    assert "2 photographs" in told
    text = page.read_text("utf-8")
    assert text.count("<section>") == 2
    assert text.count("data:image/png;base64,") == 6
    assert "the mean of many shots" in text
