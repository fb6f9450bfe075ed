"""Photographs cleaned by one call, of a file or of pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aecore
from aecore.artifact import Progress
from aecore.errors import DataError, PictureError, SpecError
from aecore.photos import restorer
from aecore.photos.invention import invention
from aecore.photos.restorer import Restorer
from tests.core.photos.conftest import Blurring

ORIENTATION = 0x0112


@pytest.fixture(autouse=True)
def blur(monkeypatch: pytest.MonkeyPatch) -> Restorer:
    """What cleans here instead of the weights that ship, which may change."""
    found = Blurring()
    monkeypatch.setattr(restorer, "shipped_restorer", lambda *_: found)
    return found


@pytest.fixture
def x() -> np.ndarray:
    rng = np.random.default_rng(0)
    ramp = np.add.outer(np.linspace(60, 160, 64), np.linspace(0, 40, 80))
    return (ramp + rng.normal(0, 15, (3, 64, 80))).clip(0, 255).astype(np.uint8)


def test_a_file_and_its_pixels_are_cleaned_alike(x: np.ndarray, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # it lies on its side
    Image.fromarray(x.transpose(1, 2, 0)).save(tmp_path / "a.png", exif=exif)
    upright = np.ascontiguousarray(x.swapaxes(1, 2)[:, :, ::-1])
    by_file = aecore.clean_photograph(tmp_path / "a.png")
    assert np.array_equal(by_file.restored.x, upright)
    assert np.array_equal(by_file.x_hat, aecore.clean_photograph(upright).x_hat)
    assert by_file.x_hat.dtype == np.uint8
    assert np.array_equal(aecore.clean_photograph(str(tmp_path / "a.png")).x_hat, by_file.x_hat)


def test_a_sigma_is_taken_as_told_and_progress_is_heard(x: np.ndarray) -> None:
    heard: list[Progress] = []
    found = aecore.clean_photograph(x, sigma_255=12, watch=heard.append)
    assert found.sigma == pytest.approx(12 / 255)
    assert found.is_told
    assert {"cleaning", "judging the result"} <= {progress.phase for progress in heard}

    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        aecore.clean_photograph(x, watch=stop)


def test_uncertainty_is_asked_of_what_cleaned(x: np.ndarray, blur: Restorer) -> None:
    found = aecore.clean_photograph(x)
    uncertainty = aecore.uncertainty_of(found)
    assert uncertainty.shape == (64, 80)
    asked = invention(found.given, blur, found.sigma, found.noise)
    assert np.array_equal(uncertainty, asked.uncertainty(found.sigma))
    alone = aecore.clean_photograph(x, method="zero_shot")
    with pytest.raises(SpecError, match="cannot be run again"):
        aecore.uncertainty_of(alone)


def test_what_is_no_photograph_is_a_sentence(x: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        aecore.clean_photograph(tmp_path / "nowhere.png")
    (tmp_path / "notes.png").write_bytes(b"only words")
    with pytest.raises(PictureError):
        aecore.clean_photograph(tmp_path / "notes.png")
    with pytest.raises(SpecError, match="sigma of -1"):
        aecore.clean_photograph(x, sigma_255=-1)
    with pytest.raises(DataError, match="no photograph"):
        aecore.clean_photograph(x[0])
