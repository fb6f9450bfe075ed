"""Selections on a map: what is inside an outline, and what a link keeps of it."""

from __future__ import annotations

import numpy as np
import pytest

from aecore.figures.selection import (
    N_CORNERS,
    N_POINTS,
    Selection,
    Shape,
    selected_places,
    selection_from_text,
    selection_of,
    thinned,
)

XY = np.random.default_rng(0).uniform(-1, 1, (2000, 2))
CIRCLE = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 360)), np.sin(np.linspace(0, 2 * np.pi, 360))], axis=1
)


def test_a_box_holds_what_lies_between_its_edges_whichever_corners_name_it() -> None:
    wanted = [i for i, (x, y) in enumerate(XY) if -0.5 <= x <= 0.2 and 0.1 <= y <= 0.9]
    for corners in ([[-0.5, 0.1], [0.2, 0.9]], [[0.2, 0.1], [-0.5, 0.9]]):
        found = Selection((Shape("box", np.array(corners)),)).places(XY)
        assert found.tolist() == wanted
    assert 100 < len(wanted) < 1000


def test_a_lasso_holds_what_lies_inside_its_outline() -> None:
    circle = Selection((Shape("lasso", 0.6 * CIRCLE),)).places(XY)
    inside = np.flatnonzero(np.hypot(*XY.T) < 0.6 * np.cos(np.pi / 359))
    outside = np.flatnonzero(np.hypot(*XY.T) > 0.6)
    assert np.isin(inside, circle).all()
    assert not np.isin(outside, circle).any()
    # the mouth of a horseshoe is outside
    horseshoe = np.array(
        [[-1, -1], [1, -1], [1, 1], [0.5, 1], [0.5, 0], [-0.5, 0], [-0.5, 1], [-1, 1]]
    )
    is_mouth = (np.abs(XY[:, 0]) < 0.5) & (XY[:, 1] > 0)
    held = Shape("lasso", horseshoe.astype(float)).holds(XY)
    assert np.array_equal(held, ~is_mouth)


def test_the_direction_in_which_a_lasso_was_drawn_does_not_matter() -> None:
    one, other = Shape("lasso", 0.5 * CIRCLE), Shape("lasso", 0.5 * CIRCLE[::-1])
    assert np.array_equal(one.holds(XY), other.holds(XY))


def test_a_link_brings_the_same_points_back() -> None:
    selection = Selection(
        (Shape("box", np.array([[-0.25, 0.5], [0.75, -0.5]])), Shape("lasso", CIRCLE[::30] * 0.3))
    )
    back = selection_from_text(selection.to_text())
    assert np.array_equal(back.places(XY), selection.places(XY))
    assert len(selection.places(XY)) > 100


def test_a_long_lasso_is_thinned_and_still_holds_nearly_the_same() -> None:
    text = Selection((Shape("lasso", 0.7 * CIRCLE),)).to_text()
    assert text.count(";") == N_CORNERS - 1
    before = set(Selection((Shape("lasso", 0.7 * CIRCLE),)).places(XY).tolist())
    after = set(selection_from_text(text).places(XY).tolist())
    assert len(before ^ after) <= 0.02 * len(before)


def test_thinning_drops_corners_on_a_straight_line_first() -> None:
    square = np.array([[0, 0], [1, 0], [2, 0], [2, 1], [2, 2], [1, 2], [0, 2], [0, 1]], float)
    kept = thinned(square, 4)
    assert {tuple(corner) for corner in kept} == {(0, 0), (2, 0), (2, 2), (0, 2)}


def test_points_beyond_the_map_are_not_selected() -> None:
    assert Selection(points=(3, 1, 5000)).places(XY).tolist() == [1, 3]


def test_outlines_belong_to_flat_maps_alone_and_points_to_any() -> None:
    selection = Selection((Shape("box", np.array([[-9.0, -9], [9, 9]])),), (4,))
    assert selection.places(np.zeros((10, 3))).tolist() == [4]
    assert len(selection.places(np.zeros((10, 2)))) == 10


@pytest.mark.parametrize(
    "text",
    [
        "",
        "box:",
        "box:1,2,3",
        "box:nan,1,0,1",
        "box:1e300,1,0,1",
        "box:a,b,c,d",
        "lasso:1,2;3,4",
        "lasso:1;2;3",
        "points:-1",
        "points:x,1.5",
        "<script>",
        "|" * 50_000,
        "circle:0,0,1,1",
    ],
)
def test_what_is_no_selection_selects_nothing(text: str) -> None:
    assert not selection_from_text(text)


def test_an_event_names_places_by_customdata_and_its_outline() -> None:
    event = {
        "selection": {
            "points": [{"customdata": 7}, {"customdata": [3]}, {"customdata": 7}],
            "box": [{"x": [0, 1], "y": [2, 3]}],
            "lasso": [],
        }
    }
    assert selected_places(event).tolist() == [3, 7]
    assert selection_of(event).to_text() == "box:0,1,2,3"
    event["selection"]["box"] = []
    assert selection_of(event).to_text() == "points:3,7"


def test_many_points_picked_one_by_one_are_named_up_to_a_bound() -> None:
    event = {"selection": {"points": [{"customdata": i} for i in range(200)]}}
    assert len(selection_of(event).points) == N_POINTS


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"selection": None},
        {"selection": [1]},
        {"selection": {"points": {"a": 1}, "box": 4, "lasso": "x"}},
        {"selection": {"points": [None, 3, {"customdata": True}, {"customdata": "7"}]}},
        {"selection": {"points": [{"customdata": -1}, {"customdata": 1.5}, {"customdata": 1e300}]}},
        {"selection": {"points": [{"customdata": float("nan")}, {"customdata": [[1]]}]}},
        {"selection": {"box": [{"x": [0, float("inf")], "y": [0, 1]}, 5, {"x": [1, 2]}]}},
        {"selection": {"lasso": [{"x": [0, 1, 2], "y": [0, 1]}]}},
    ],
)
def test_forged_events_select_nothing(event: dict[str, object]) -> None:
    assert not len(selected_places(event))
    assert not selection_of(event)
