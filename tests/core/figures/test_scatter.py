"""The map as a figure: every point once, at its place, in its colour, named."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.figures.colours import UNLABELLED, class_colours, sequential_scale
from aecore.figures.scatter import Groups, Values, map_figure

RANDOM = np.random.default_rng(0)
FLAT = RANDOM.normal(size=(300, 2)).astype(np.float32)
DEEP = RANDOM.normal(size=(300, 3)).astype(np.float32)
INDEX = RANDOM.integers(-1, 3, 300)
NAMES = [f"picture {i}" for i in range(300)]


@pytest.mark.parametrize("positions", [FLAT, DEEP])
def test_each_point_stands_once_at_its_place_and_carries_it(positions: np.ndarray) -> None:
    groups = Groups(INDEX, ("cat", "dog", "fox"))
    figure = map_figure(positions, axes=("a", "b", "c"), colour=groups, names=NAMES)
    seen = []
    for trace in figure.data:
        axes = [trace.x, trace.y] + ([trace.z] if positions.shape[1] == 3 else [])
        for place, text, *xyz in zip(trace.customdata, trace.text, *axes, strict=True):
            assert np.array_equal(xyz, positions[place])
            assert text == NAMES[place]
            seen.append(int(place))
    assert sorted(seen) == list(range(300))


def test_each_class_is_a_trace_in_its_colour_and_the_rest_is_grey() -> None:
    groups = Groups(INDEX, ("cat", "dog", "fox"))
    figure = map_figure(FLAT, axes=("a", "b"), colour=groups)
    assert [trace.name for trace in figure.data] == ["unlabelled", "cat", "dog", "fox"]
    assert [trace.marker.color for trace in figure.data] == [UNLABELLED, *class_colours(3)]
    for trace, group in zip(figure.data, [-1, 0, 1, 2], strict=True):
        assert (INDEX[trace.customdata] == group).all()
    assert figure.layout.showlegend


def test_a_class_keeps_its_colour_where_another_has_no_point() -> None:
    index = np.where(INDEX == 1, 2, INDEX)
    figure = map_figure(FLAT, axes=("a", "b"), colour=Groups(index, ("cat", "dog", "fox")))
    colours = {trace.name: trace.marker.color for trace in figure.data}
    assert colours["fox"] == class_colours(3)[2]
    assert "dog" not in colours


def test_a_value_is_drawn_on_one_scale_that_says_what_it_is() -> None:
    value = np.exp(FLAT[:, 0])
    figure = map_figure(FLAT, axes=("a", "b"), colour=Values(value, "error (lower is better)"))
    (trace,) = figure.data
    assert np.allclose(trace.marker.color, value)
    assert trace.marker.colorbar.title.text == "error (lower is better)"
    drawn = [colour for _, colour in trace.marker.colorscale]
    assert drawn == [colour for _, colour in sequential_scale()][1:-1]
    assert (trace.marker.cmin, trace.marker.cmax) == pytest.approx(np.quantile(value, [0.01, 0.99]))


def test_values_that_are_all_alike_or_not_finite_still_have_a_scale() -> None:
    value = np.full(300, 2.0)
    value[:5] = np.nan
    figure = map_figure(FLAT, axes=("a", "b"), colour=Values(value, "error"))
    assert [len(trace.x) for trace in figure.data] == [5, 295]
    assert figure.data[0].marker.color == UNLABELLED
    assert figure.data[1].marker.cmax > figure.data[1].marker.cmin


def test_one_unit_is_as_long_across_as_up() -> None:
    flat = map_figure(FLAT, axes=("code 3", "code 5"))
    assert (flat.layout.yaxis.scaleanchor, flat.layout.yaxis.scaleratio) == ("x", 1)
    assert flat.layout.xaxis.title.text == "code 3"
    assert flat.layout.yaxis.title.text == "code 5"
    deep = map_figure(DEEP, axes=("u", "v", "w"))
    assert deep.layout.scene.aspectmode == "data"
    assert deep.layout.scene.zaxis.title.text == "w"


def test_an_own_picture_is_a_star_that_no_selection_can_take_for_a_sample() -> None:
    figure = map_figure(FLAT, axes=("a", "b"), own=np.array([[1.0, 2.0]]))
    star = figure.data[-1]
    assert (star.x[0], star.y[0], star.marker.symbol) == (1, 2, "star")
    assert star.customdata is None
    assert not map_figure(
        FLAT, axes=("a", "b"), own=np.array([[1.0, 2]]), colour=Values(FLAT[:, 0], "error")
    ).layout.showlegend  # it would lie over the scale


def test_points_that_are_not_finite_are_left_out() -> None:
    positions = FLAT.copy()
    positions[3] = np.nan
    (trace,) = map_figure(positions, axes=("a", "b")).data
    assert 3 not in trace.customdata
    assert len(trace.customdata) == 299


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("n_axes", [2, 3])
def test_a_map_of_hardly_anything_is_drawn(n: int, n_axes: int) -> None:
    for colour in (None, Values(np.zeros(n), "error"), Groups(np.zeros(n, int), ("one",))):
        figure = map_figure(np.zeros((n, n_axes)), axes=("a", "b", "c"), colour=colour)
        assert sum(len(trace.x) for trace in figure.data) == n
