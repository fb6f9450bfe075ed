"""`aecore bench restore --repairs` and `--cost` measure what they say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage.data import astronaut
from skimage.metrics import peak_signal_noise_ratio

from aecore.bench.report import Figure
from aecore.bench.restore import cost
from aecore.bench.restore.repairs import CROP_PX, bicubic, figures, jpeg, middle, square, strokes
from aecore.cli import main
from aecore.photos.enlarge import halved
from aecore.photos.network_file import weights_bytes
from aecore.photos.training.practice import WEIGHTS

PHOTO = np.ascontiguousarray(astronaut().transpose(2, 0, 1)[:, :97, 160:259])  # (3, 97, 99)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a network that takes nothing for noise."""
    from aecore.photos.unet import PhotoUNet

    net = PhotoUNet((4, 8), 1, 0)
    path = tmp_path_factory.mktemp("weights") / WEIGHTS
    path.write_bytes(weights_bytes(net.state_dict(), net))
    return path


def test_crops_and_holes_are_as_asked() -> None:
    crop = middle(PHOTO)
    assert crop.shape == (3, 96, 98)
    large = np.arange(500 * 400).reshape(1, 500, 400)
    assert np.array_equal(middle(large), large[:, 154:346, 104:296])
    assert middle(large).shape == (1, CROP_PX, CROP_PX)
    assert square((96, 98), 32, (0, 1)).sum() == 32**2
    assert np.array_equal(strokes((96, 98), (0, 1)), strokes((96, 98), (0, 1)))
    assert not np.array_equal(strokes((96, 98), (0, 1)), strokes((96, 98), (0, 2)))
    assert 0.05 < strokes((96, 98), (0, 1)).mean() < 0.9


@pytest.mark.slow
def test_a_network_that_takes_nothing_away_gains_nothing(weights: Path) -> None:
    found = {f.name: f for f in figures({"one": PHOTO}, weights=weights)}
    assert len(found) == 8
    files = [f for name, f in found.items() if "JPEG" in name]
    assert [f.figure for f in files] == pytest.approx([0, 0, 0])
    by_hand = peak_signal_noise_ratio(middle(PHOTO), jpeg(middle(PHOTO), 10), data_range=255)
    assert f"against {by_hand:.2f} dB" in files[0].reference
    enlarged = found["2x enlarging, colour: PSNR over bicubic"]
    small = np.rint(255 * halved((middle(PHOTO) / 255).astype(np.float32)).clip(0, 1))
    plain = bicubic(small.astype(np.uint8))
    by_hand = peak_signal_noise_ratio(middle(PHOTO), plain, data_range=255)
    assert f"against {by_hand:.2f} dB" in enlarged.reference
    assert all(f.target == 0 and f.better == "high" for f in found.values())


@pytest.mark.parametrize("is_fast", [True, False])
def test_time_is_taken_side_by_side(
    weights: Path, monkeypatch: pytest.MonkeyPatch, is_fast: bool
) -> None:
    monkeypatch.setattr("aecore.training.device.fast_on_cpu", lambda: is_fast)
    found = list(cost.speed(weights, side_px=32, n_rounds=2))
    ours, exact, *ratios = found
    assert ours.figure is not None
    assert exact.figure is not None
    assert ours.figure > 0
    told = float(ratios[0].reference.split(" s per")[0])
    assert ratios[0].figure == pytest.approx(told / ours.figure, rel=0.1, abs=0.05)
    of_bfloat16 = (1.0, 2.0) if is_fast else (None, None)
    assert [f.target for f in found] == [of_bfloat16[0], None, 3.0, of_bfloat16[1], None]
    assert ("no bfloat16" in ours.reference) == (not is_fast)


def test_clean_pictures_that_nothing_is_done_to_come_back(weights: Path) -> None:
    (found,) = cost.clean_pictures({"one": PHOTO}, weights)
    assert found.figure == pytest.approx(100)
    assert found.reference.startswith("one;")


@pytest.mark.slow
def test_memory_is_of_a_process_of_its_own(weights: Path) -> None:
    (found,) = cost.large(weights, size_px=(200, 300))
    assert found.figure is not None
    assert 0.1 < found.figure < 2.0  # mostly torch itself: 1.4 to 1.7 GB were seen


def test_a_missed_target_is_an_exit_code(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(PHOTO.transpose(1, 2, 0)).save(tmp_path / "one.png")
    missed = Figure("a gain", -1.0, "dB", 0.0, "high")
    monkeypatch.setattr("aecore.bench.restore.repairs.figures", lambda *a, **k: iter([missed]))
    told = CliRunner().invoke(main, ["bench", "restore", str(tmp_path), "--repairs", "--json"])
    assert told.exit_code == 3
    assert json.loads(told.stdout)["figures"][0]["figure"] == -1
    plain = CliRunner().invoke(main, ["bench", "restore", str(tmp_path), "--repairs"])
    assert "**miss**" in plain.stdout
