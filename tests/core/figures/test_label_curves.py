"""Curves over the number of labels: the numbers given, bands from worst to best."""

from __future__ import annotations

import numpy as np

from aecore.figures.label_curves import LabelLine, label_curves_figure

OURS = LabelLine("Codes", np.array([0.5, 0.75]), np.array([0.4, 0.7]), np.array([0.6, 0.9]))
BESIDE = LabelLine("Probe", *[np.array([0.1, 0.2])] * 3, role="beside")


def test_lines_are_in_percent_and_bands_reach_from_worst_to_best():
    band, ours, beside = label_curves_figure([10, 100], [OURS, BESIDE], title="told right").data
    assert list(ours.y) == [50.0, 75.0]
    assert list(ours.x) == [10, 100]
    assert list(band.x) == [10, 100, 100, 10]
    assert np.allclose(band.y, [60.0, 90.0, 70.0, 40.0])
    assert band.showlegend is False
    assert ours.customdata[1].tolist() == [70.0, 90.0]
    assert "%{y:.1f} % with %{x:,} labels (%{customdata[0]:.1f} to" in ours.hovertemplate
    assert (beside.mode, beside.line.dash) == ("lines", "dot")


def test_labels_stand_at_their_numbers_on_a_logarithmic_axis():
    axis = label_curves_figure([10, 1000], [OURS], title="told right").layout.xaxis
    assert axis.type == "log"
    assert list(axis.ticktext) == ["10", "1,000"]


def test_differences_are_in_points_and_have_a_line_at_zero():
    figure = label_curves_figure([10, 100], [OURS], title="ahead", are_differences=True)
    assert figure.layout.shapes[0].y0 == 0
    assert "%{y:+.1f} points" in figure.data[1].hovertemplate
    assert figure.layout.yaxis.ticksuffix == ""
    plain = label_curves_figure([10, 100], [OURS], title="told right")
    assert not plain.layout.shapes
    assert plain.layout.yaxis.ticksuffix == " %"
