"""The diverging map: 0 in the middle, both ends alike in lightness, told apart by everybody."""

from __future__ import annotations

import numpy as np
from skimage.color import rgb2lab

from aecore.figures.colours import diverging, diverging_scale, diverging_table, to_rgb


def lightness(rgb: np.ndarray) -> np.ndarray:
    found: np.ndarray = rgb2lab(rgb[None])[0, :, 0]
    return found


def test_both_signs_are_equally_dark_and_zero_is_the_lightest() -> None:
    light = lightness(diverging_table())
    assert np.abs(light - light[::-1]).max() < 2
    assert light.argmax() == 127
    assert (np.diff(light[:128]) > -0.5).all()


def test_the_signs_differ_also_for_who_sees_no_red_or_no_green() -> None:
    # Viénot, Brettel & Mollon 1999, doi:10.1002/(SICI)1520-6378(199908)24:4<243: in linear RGB.
    deutan = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
    protan = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
    ends = (diverging(np.array([-0.7, 0.7])) / 255.0) ** 2.2
    for seen in (deutan, protan):
        lab = rgb2lab(np.clip(ends @ seen.T, 0, 1)[None] ** (1 / 2.2))[0]
        assert np.linalg.norm(lab[0] - lab[1]) > 40


def test_values_beyond_the_ends_take_their_colour_and_what_is_no_number_is_zero() -> None:
    colours = diverging(np.array([-9.0, -1, np.nan, 0, 1, 9]))
    assert np.array_equal(colours[0], colours[1])
    assert np.array_equal(colours[2], colours[3])
    assert np.array_equal(colours[4], colours[5])
    assert colours.dtype == np.uint8


def test_the_scale_of_a_chart_has_the_same_ends_and_middle() -> None:
    scale = dict(diverging_scale())
    for at, value in ((0.0, -1.0), (0.5, 0.0), (1.0, 1.0)):
        assert to_rgb(scale[at]) == tuple(diverging(np.array(value)))
