"""Precision over bits: the numbers given, the codes themselves as a line above."""

from __future__ import annotations

from aecore.figures.bits_curve import bits_figure


def test_lines_are_the_numbers_given_and_the_first_is_strong():
    lines = {"ITQ": [0.5, 0.7], "signs": [0.4, 0.6]}
    figure = bits_figure([16, 64], lines, full=0.8, enough=0.97, title="precision")
    itq, signs = figure.data
    assert list(itq.x) == [16, 64]
    assert list(itq.y) == [0.5, 0.7]
    assert itq.line.width > signs.line.width
    assert [shape.y0 for shape in figure.layout.shapes] == [0.8, 0.97 * 0.8]
    assert list(figure.layout.xaxis.ticktext) == ["16", "64"]
