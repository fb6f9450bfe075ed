"""Colours can be told apart, and the sequential map grows lighter all the way."""

from itertools import combinations

import numpy as np
import pytest
from skimage.color import rgb2lab

from aecore.figures.colours import (
    CLASS_COLOURS,
    class_colours,
    sequential,
    sequential_table,
    to_rgb,
)


def _lab(colours: list[str] | tuple[str, ...]) -> np.ndarray:
    return rgb2lab(np.array([[to_rgb(colour) for colour in colours]], np.uint8))[0]


def test_any_two_class_colours_are_far_apart_to_the_eye() -> None:
    lab = _lab(CLASS_COLOURS)
    nearest = min(np.linalg.norm(a - b) for a, b in combinations(lab, 2))
    assert nearest > 20  # 2.3 is the least that can just be noticed


def test_the_first_eight_class_colours_can_be_told_apart_without_red_and_green() -> None:
    # Viénot, Brettel and Mollon (1999): a dichromat sees red and green as one mixture.
    linear = (np.array([to_rgb(colour) for colour in CLASS_COLOURS[:8]]) / 255) ** 2.2
    seen = linear @ np.array([[0.293, 0.293, -0.021], [0.707, 0.707, 0.021], [0, 0, 1.0]])
    lab = rgb2lab(np.clip(seen, 0, 1)[None] ** (1 / 2.2))[0]
    assert min(np.linalg.norm(a - b) for a, b in combinations(lab, 2)) > 8


def test_colours_begin_again_after_the_last() -> None:
    many = class_colours(len(CLASS_COLOURS) + 1)
    assert many[-1] == many[0]
    assert len(set(many)) == len(CLASS_COLOURS)


def test_a_larger_value_is_always_lighter() -> None:
    lightness = rgb2lab(sequential_table()[None])[0, :, 0]
    assert np.all(np.diff(lightness) > -0.3)  # rounding to 8 bits
    assert lightness[-1] - lightness[0] > 85
    even = np.linspace(lightness[0], lightness[-1], 256)
    assert np.abs(lightness - even).max() < 5


@pytest.mark.parametrize(("value", "row"), [(0.0, 0), (1.0, 255), (-3.0, 0), (9.0, 255)])
def test_values_outside_zero_and_one_are_clipped(value: float, row: int) -> None:
    assert np.array_equal(sequential(np.array([value]))[0], sequential_table()[row])


def test_the_table_cannot_be_changed_by_a_caller() -> None:
    with pytest.raises(ValueError, match="read-only"):
        sequential_table()[0, 0] = 1
