"""Histograms of oddness: shares of each group, and the line where it belongs."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.figures.anomaly_histogram import oddness_figure


def test_each_group_adds_up_to_the_whole_and_the_line_stands_at_the_threshold():
    groups = {"normal": np.geomspace(1, 10, 50), "odd": np.geomspace(5, 100, 20)}
    figure = oddness_figure(groups, 20.0, title="score")
    assert figure.layout.xaxis.type == "log"
    assert [trace.name for trace in figure.data] == ["normal", "odd"]
    assert all(sum(trace.y) == pytest.approx(100) for trace in figure.data)
    assert figure.layout.shapes[0].x0 == 20
    assert figure.layout.annotations[0].x == pytest.approx(np.log10(20))


def test_scores_below_nothing_are_drawn_as_they_are():
    figure = oddness_figure({"normal": np.array([-1.0, 2.0])}, 0.5, title="nats")
    assert figure.layout.xaxis.type == "linear"
    assert figure.layout.annotations[0].x == 0.5
