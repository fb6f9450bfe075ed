"""Rows that are lighter or darker are found and taken; what a picture shows is not."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

from aecore.bench.restore.noise_kinds import as_jpeg, noisy
from aecore.photos.jpeg_traces import was_jpeg
from aecore.photos.row_noise import NO_ROWS, RowNoise, row_noise, without_rows
from aecore.photos.training.textures import PATTERNS, texture

CLEAN = np.ascontiguousarray(astronaut().transpose(2, 0, 1)[:, ::2, ::2] / 255).astype(np.float32)


def _psnr(x: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(np.clip(x, 0, 1) - CLEAN).mean()))


@pytest.mark.parametrize("turned", [False, True])
def test_rows_are_measured_and_taken(turned: bool) -> None:
    rng = np.random.default_rng(0)
    lines = rng.normal(0, 8 / 255, (1, 256, 1))
    x = CLEAN + (lines.transpose(0, 2, 1) if turned else lines)
    x = (x + rng.normal(0, 4 / 255, CLEAN.shape)).astype(np.float32)
    found = row_noise(x)
    level, other = found.rows_255, found.columns_255
    assert (other if turned else level) == pytest.approx(8, rel=0.15)
    assert (level if turned else other) == 0
    assert _psnr(without_rows(x, found)) > _psnr(x) + 2.5


def test_a_photograph_without_them_is_left_alone() -> None:
    assert row_noise(CLEAN) == NO_ROWS
    assert not NO_ROWS.is_here
    white = CLEAN + np.random.default_rng(1).normal(0, 0.06, CLEAN.shape).astype(np.float32)
    assert row_noise(white) == NO_ROWS
    assert np.array_equal(without_rows(white, NO_ROWS), white)


@pytest.mark.parametrize("name", PATTERNS)
def test_regular_texture_is_no_row_noise(name: str) -> None:
    rng = np.random.default_rng(2)
    for _ in range(2):
        x = texture(name, 160, rng)
        assert row_noise(x + rng.normal(0, 0.02, x.shape).astype(np.float32)) == NO_ROWS


def test_a_small_picture_tells_nothing_of_rows() -> None:
    assert row_noise(CLEAN[:, :40, :40]) == RowNoise(0.0, 0.0)


def test_jpeg_that_shaped_noise_is_known_and_noise_after_it_is_not() -> None:
    assert was_jpeg(noisy(CLEAN, "jpeg") / 255)
    assert not was_jpeg(noisy(CLEAN, "white") / 255)
    assert not was_jpeg(CLEAN)
    assert was_jpeg(as_jpeg(CLEAN, 60)[:1])
    assert not was_jpeg(CLEAN[:, :20, :20])
