"""The weights that ship do what their card says, on photographs that no training has seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from skimage.data import astronaut, camera, chelsea, coffee, rocket

from aecore.metrics.pictures import psnr
from aecore.photos.cleaning import clean_photo
from aecore.photos.restorer import restore, restorer_of, shipped_restorer, shipped_weights

COLOUR = np.ascontiguousarray(astronaut().transpose(2, 0, 1)[:, :256, 100:356])
GREY = np.ascontiguousarray(camera()[None, 100:356, 100:356])


def _noisy(x: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, sigma, x.shape)
    return np.clip(np.rint(x + noise), 0, 255).astype(np.uint8)


def _db(x: np.ndarray, x_hat: np.ndarray) -> float:
    return float(psnr(x[None], x_hat[None])[0])


def test_the_weights_are_small() -> None:
    assert shipped_weights().stat().st_size < 20e6


@pytest.mark.slow
@pytest.mark.parametrize(("x", "gain"), [(COLOUR, 9.0), (GREY, 7.5)], ids=["colour", "grey"])
def test_strong_noise_goes_as_far_as_a_good_filter_takes_it_and_further(
    x: np.ndarray, gain: float
) -> None:
    from skimage.restoration import denoise_nl_means

    seen = _noisy(x, 25)
    cleaned = restore(seen).x_hat
    assert _db(x, cleaned) - _db(x, seen) > gain
    filtered = denoise_nl_means(
        seen / 255, h=0.6 * 25 / 255, sigma=25 / 255, patch_size=5, channel_axis=0
    )
    assert _db(x, cleaned) > _db(x, np.rint(filtered * 255).clip(0, 255).astype(np.uint8)) + 0.5


@pytest.mark.slow
@pytest.mark.parametrize("x", [COLOUR, GREY], ids=["colour", "grey"])
def test_eight_views_are_nearer_than_one(x: np.ndarray) -> None:
    seen = _noisy(x, 25)
    one, eight = restore(seen), restore(seen, restorer=restorer_of(None, n_views=8))
    assert _db(x, eight.x_hat) > _db(x, one.x_hat) + 0.02


CLEAN = [coffee, camera, rocket]
GRAINY = [astronaut, chelsea]
"""Photographs with some grain or JPEG of their own, about 1.5 of 255."""


@pytest.mark.slow
@pytest.mark.parametrize("photo", CLEAN + GRAINY, ids=lambda photo: photo.__name__)
def test_a_photograph_without_noise_put_on_it_comes_back_at_45_db_or_better(
    photo: Callable[[], np.ndarray],
) -> None:
    x = np.ascontiguousarray(np.atleast_3d(photo()).transpose(2, 0, 1)[:, :256, :256])
    found = clean_photo(x, shipped_restorer())
    assert _db(x, found.x_hat) >= 45
    if photo in CLEAN:
        assert found.looks_clean
        assert "looks clean" in found.said[0]
    assert not clean_photo(_noisy(x, 10), shipped_restorer()).looks_clean


@pytest.mark.slow
def test_no_seam_shows_where_tiles_meet() -> None:
    restorer = restorer_of(None, bfloat16=False)
    seen = _noisy(COLOUR, 15)
    whole = restore(seen, restorer=restorer).x_hat.astype(int)
    steps = restorer.restoring(seen, tile_px=64)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            tiled = end.value.x_hat.astype(int)
            break
    assert np.abs(tiled - whole).max() <= 1
    assert np.abs(seen - whole).max() > 10
