"""Dots and curves show the numbers they are given, the reference and the yardsticks apart."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.figures.score_dots import GREY, Dot, dots_figure, labels_figure


def test_whiskers_reach_from_low_to_high():
    figure = dots_figure(
        [Dot("A", 3.0, 2.5, 4.0), Dot("PCA", 2.0, 2.0, 2.0, is_yardstick=True)],
        title="MSE",
        reference="PCA",
    )
    first, second = figure.data
    assert (first.x[0], first.y[0]) == (3.0, "A")
    assert first.x[0] + first.error_x.array[0] == 4.0
    assert first.x[0] - first.error_x.arrayminus[0] == 2.5
    assert second.marker.color == GREY
    assert second.marker.symbol == "diamond"
    assert figure.layout.shapes[0].x0 == 2.0


def test_accuracy_is_drawn_in_percent_over_the_labels():
    figure = labels_figure(
        [10, 100],
        {"A": np.array([0.5, 0.75]), "PCA": np.array([0.25, np.nan])},
        yardsticks=["PCA"],
        title="told right",
    )
    ours, pca = figure.data
    assert list(ours.y) == [50.0, 75.0]
    assert list(ours.x) == [10, 100]
    assert ours.line.color != GREY
    assert (pca.line.color, pca.line.dash) == (GREY, "dash")
    assert figure.layout.xaxis.type == "log"
    assert np.isnan(pca.y[1])
    assert pytest.approx(25.0) == pca.y[0]
