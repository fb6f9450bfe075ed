"""Pictures for the eye: every pixel ends up where it should, and nothing is blurred."""

import io

import numpy as np
from PIL import Image

from aecore.figures.colours import sequential_table
from aecore.figures.pictures import (
    absolute_error,
    as_rgb,
    enlarge,
    error_map,
    mosaic,
    to_png,
)


def _pictures(n: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, channels, 5, 4), np.uint8)


def test_a_grey_picture_has_three_equal_channels() -> None:
    grey = _pictures(3)
    rgb = as_rgb(grey)
    assert rgb.shape == (3, 5, 4, 3)
    for channel in range(3):
        assert np.array_equal(rgb[..., channel], grey[:, 0])


def test_a_colour_picture_keeps_its_channels() -> None:
    colour = _pictures(2, channels=3)
    assert as_rgb(colour)[1, 4, 2].tolist() == colour[1, :, 4, 2].tolist()


def test_the_error_is_the_mean_distance_over_channels() -> None:
    a, b = _pictures(2, 3), _pictures(2, 3)[::-1]
    slow = np.zeros((2, 5, 4))
    for i, y, x in np.ndindex(2, 5, 4):
        slow[i, y, x] = np.mean([abs(int(a[i, c, y, x]) - int(b[i, c, y, x])) for c in range(3)])
    np.testing.assert_allclose(absolute_error(a, b), slow / 255, rtol=1e-6)


def test_a_perfect_reconstruction_is_dark_all_over() -> None:
    pictures = _pictures(2)
    assert np.all(error_map(pictures, pictures) == sequential_table()[0])


def test_the_worst_pixel_of_all_pictures_is_the_lightest() -> None:
    black = np.zeros((2, 1, 5, 4), np.uint8)
    off = black.copy()
    off[0, 0, 1, 2], off[1, 0, 3, 3] = 200, 100
    shown = error_map(black, off)
    assert np.array_equal(shown[0, 1, 2], sequential_table()[255])
    assert np.array_equal(shown[1, 3, 3], sequential_table()[128])


def test_a_given_top_makes_two_maps_comparable() -> None:
    black = np.zeros((1, 1, 2, 2), np.uint8)
    half = np.full_like(black, 51)  # an error of 0.2
    assert np.array_equal(error_map(black, half, top=0.4)[0, 0, 0], sequential_table()[128])


def test_enlarging_repeats_pixels_and_invents_none() -> None:
    rgb = as_rgb(_pictures(1))[0]
    large = enlarge(rgb, 3)
    assert large.shape == (15, 12, 3)
    assert np.array_equal(large[::3, ::3], rgb)
    assert np.array_equal(large[2::3, 2::3], rgb)


def test_every_picture_stands_in_its_place_of_the_mosaic() -> None:
    rgb = as_rgb(_pictures(5))
    sheet = mosaic(rgb, 3, gap_px=2, background=(9, 9, 9))
    assert sheet.shape == (2 * 5 + 2, 3 * 4 + 4, 3)
    for i in range(5):
        y, x = (i // 3) * 7, (i % 3) * 6
        assert np.array_equal(sheet[y : y + 5, x : x + 4], rgb[i])
    assert np.all(sheet[5:7] == 9)
    assert np.all(sheet[7:, 12:] == 9)  # the sixth place is empty


def test_png_gives_the_same_pixels_back() -> None:
    rgb = as_rgb(_pictures(1, 3))[0]
    back = np.asarray(Image.open(io.BytesIO(to_png(rgb))))
    assert np.array_equal(back, rgb)
