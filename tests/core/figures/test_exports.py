"""Strips, grids and films hold the pictures themselves, each pixel enlarged."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from aecore.figures.exports import factor_to, gif, grid_png, strip_png

random = np.random.default_rng(0)
GREY = random.integers(0, 256, (5, 1, 6, 8), dtype=np.uint8)
COLOUR = random.integers(0, 256, (5, 3, 6, 8), dtype=np.uint8)


def frames(film: bytes) -> list[np.ndarray]:
    opened = Image.open(io.BytesIO(film))
    return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(opened)]


def enlarged(picture: np.ndarray, factor: int) -> np.ndarray:
    rgb = np.repeat(picture, 3 // len(picture), axis=0)
    return np.kron(rgb, np.ones((1, factor, factor), np.uint8)).transpose(1, 2, 0)


def test_a_strip_holds_each_picture_enlarged_in_its_place() -> None:
    sheet = np.asarray(Image.open(io.BytesIO(strip_png(COLOUR, factor=3, gap_px=2))))
    assert sheet.shape == (18, 5 * 24 + 4 * 2, 3)
    for i, picture in enumerate(COLOUR):
        assert np.array_equal(sheet[:, i * 26 : i * 26 + 24], enlarged(picture, 3))
    assert (sheet[:, 24:26] == 255).all()


def test_a_grid_goes_row_by_row() -> None:
    sheet = np.asarray(Image.open(io.BytesIO(grid_png(GREY, 2, factor=2, gap_px=0))))
    assert sheet.shape == (36, 32, 3)
    assert np.array_equal(sheet[12:24, 16:], enlarged(GREY[3], 2))


def test_grey_frames_of_a_film_equal_the_pictures() -> None:
    found = frames(gif(GREY, there_and_back=False, factor=3))
    assert len(found) == 5
    for frame, picture in zip(found, GREY, strict=True):
        assert np.array_equal(frame, enlarged(picture, 3))


def test_colours_of_a_film_are_those_of_the_pictures_as_far_as_a_gif_can() -> None:
    found = frames(gif(COLOUR, there_and_back=False, factor=2))  # 48 colours each: all kept
    for frame, picture in zip(found, COLOUR, strict=True):
        assert np.abs(frame.astype(int) - enlarged(picture, 2)).max() <= 8


def test_there_and_back_ends_before_it_begins_again() -> None:
    found = frames(gif(GREY, factor=1))
    assert len(found) == 8
    for at, i in enumerate([0, 1, 2, 3, 4, 3, 2, 1]):
        assert np.array_equal(found[at], enlarged(GREY[i], 1))


@pytest.mark.parametrize(("ms", "shown_ms"), [(100, 100), (37, 40), (1, 20)])
def test_a_film_runs_for_ever_at_the_pace_asked_for(ms: int, shown_ms: int) -> None:
    opened = Image.open(io.BytesIO(gif(GREY, ms_per_step=ms)))
    assert opened.info["loop"] == 0
    assert opened.info["duration"] == shown_ms


def test_a_picture_that_does_not_move_is_shown_longer() -> None:
    still = np.repeat(GREY[:1], 4, axis=0)
    opened = Image.open(io.BytesIO(gif(still, there_and_back=False)))
    assert getattr(opened, "n_frames", 1) == 1


def test_pictures_come_to_a_comfortable_size_by_whole_factors() -> None:
    film = Image.open(io.BytesIO(gif(random.integers(0, 256, (2, 1, 28, 28), dtype=np.uint8))))
    assert film.size == (280, 280)
    assert factor_to(1000, 280) == 1
