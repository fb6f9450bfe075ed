"""What is held out is never trained on, and patches are parts of the pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aecore.errors import DataError, TooFewSamplesError
from aecore.photos.training.photographs import Patches, held_out_names, read_photos


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("one", "two", held_out_names()[3]):
        Image.fromarray(rng.integers(0, 256, (60, 80, 3), np.uint8)).save(tmp_path / f"{name}.png")
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / "tiny.png")
    (tmp_path / "damaged.jpg").write_bytes(b"\xff\xd8 no picture")
    (tmp_path / "notes.txt").write_text("words")
    return tmp_path


def test_forty_names_are_held_out_each_once() -> None:
    assert len(held_out_names()) == len(set(held_out_names())) == 40


def test_a_folder_falls_into_two(folder: Path) -> None:
    found = read_photos(folder, 32)
    assert list(found.train) == ["one", "two"]
    assert list(found.held_out) == [held_out_names()[3]]
    assert found.train["one"].shape == (3, 60, 80)


def test_folders_without_pictures_are_a_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TooFewSamplesError, match="large enough"):
        read_photos(folder, 128)
    with pytest.raises(DataError, match="There is no folder"):
        read_photos(tmp_path / "nowhere", 32)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no pictures"):
        read_photos(tmp_path / "empty", 32)


def test_patches_are_parts_of_the_pictures_turned_and_mirrored() -> None:
    # each pixel tells its row and column, so that a patch tells where it comes from
    rows, columns = np.mgrid[:40, :60].astype(np.uint8)
    x = np.stack([rows, columns, np.zeros_like(rows)])
    patches = Patches({"one": x}, torch.device("cpu"))
    drawn = 255 * patches.draw(200, 16, np.random.default_rng(0))
    assert drawn.shape == (200, 3, 16, 16)
    ways = set()
    for patch in drawn.round().int():
        whole = patch[2].abs().max() == 0 and int(patch[0].max() - patch[0].min()) == 15
        if not whole or int(patch[1].max() - patch[1].min()) != 15:
            continue  # of the smaller copy
        down, across = patch[:2, 1, 0] - patch[:2, 0, 0], patch[:2, 0, 1] - patch[:2, 0, 0]
        ways.add((*down.tolist(), *across.tolist()))
    assert len(ways) == 8  # four turns, each mirrored or not
