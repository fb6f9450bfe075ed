"""What a person marks on a map: boxes, lassos and single points, as text for a link, as places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

N_SHAPES = 8
"""Boxes and lassos of one selection at the most."""
N_CORNERS = 40
"""Corners a lasso keeps in a link."""
N_POINTS = 50
"""Points picked one by one that a link names."""
_N_RAW = 5000
_N_AT_ONCE = 4_000_000
"""Pairs of a point and a corner."""
_LARGEST = 1e9


@dataclass(frozen=True)
class Shape:
    """A closed outline: two opposite corners of a box, or the corners of a lasso.

    Parameters
    ----------
    corners
        `(2, 2)` for a box, `(k, 2)` with k at least 3 for a lasso.
    """

    kind: Literal["box", "lasso"]
    corners: np.ndarray

    def holds(self, xy: np.ndarray) -> np.ndarray:
        """Which of the points `(n, 2)` lie inside (a box holds its edges), bool `(n,)`."""
        low, high = self.corners.min(0), self.corners.max(0)
        inside: np.ndarray = ((xy >= low) & (xy <= high)).all(1)
        if self.kind == "box":
            return inside
        near, chunk = np.flatnonzero(inside), max(1, _N_AT_ONCE // len(self.corners))
        for start in range(0, len(near), chunk):
            here = near[start : start + chunk]
            inside[here] = self._crossings(xy[here]) % 2 == 1
        return inside

    def _crossings(self, xy: np.ndarray) -> np.ndarray:
        """How often a ray to the right crosses the outline, int64 `(n,)`: odd inside.

        Shimrat 1962, doi:10.1145/368637.368653.
        """
        x0, y0 = self.corners.T  # (k,)
        x1, y1 = np.roll(self.corners, -1, axis=0).T
        above = y0 > xy[:, 1:]  # (n, k)
        point, edge = np.nonzero(
            above != np.roll(above, -1, axis=1)
        )  # of k edges a point meets few
        slope = (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
        crossing = x0[edge] + (xy[point, 1] - y0[edge]) * slope
        return np.bincount(point[xy[point, 0] < crossing], minlength=len(xy))


@dataclass(frozen=True)
class Selection:
    """Everything marked on one map; a point belongs to it if any shape holds it.

    Parameters
    ----------
    points
        Places in the codes that were picked one by one.
    """

    shapes: tuple[Shape, ...] = ()
    points: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.shapes or self.points)

    def places(self, positions: np.ndarray) -> np.ndarray:
        """Places of the selected points, int64, sorted; shapes are for maps `(n, 2)` alone."""
        chosen = np.zeros(len(positions), bool)
        if positions.shape[1] == 2:
            for shape in self.shapes:
                chosen |= shape.holds(np.asarray(positions, float))
        chosen[[place for place in self.points if 0 <= place < len(positions)]] = True
        return np.flatnonzero(chosen)

    def to_text(self) -> str:
        """For a link: `box:x0,x1,y0,y1`, `lasso:x,y;x,y;…`, `points:3,8`, joined by `|`.

        Examples
        --------
        >>> Selection((Shape("box", np.array([[0, 1], [2.5, 3]])),), (4, 7)).to_text()
        'box:0,2.5,1,3|points:4,7'
        """
        words = []
        for shape in self.shapes:
            if shape.kind == "box":
                words.append("box:" + ",".join(f"{v:.5g}" for v in shape.corners.T.ravel()))
            else:
                corners = thinned(shape.corners, N_CORNERS)
                words.append("lasso:" + ";".join(f"{x:.5g},{y:.5g}" for x, y in corners))
        if self.points:
            words.append("points:" + ",".join(map(str, self.points[:N_POINTS])))
        return "|".join(words)


def selection_from_text(text: str) -> Selection:
    """Inverse of `to_text`; what cannot be read is left out, so that any text is safe.

    Examples
    --------
    >>> selection_from_text("box:0,2.5,1,3|lasso:1,2|nonsense").to_text()
    'box:0,2.5,1,3'
    """
    shapes: list[Shape] = []
    points: tuple[int, ...] = ()
    for word in text[:20_000].split("|")[: N_SHAPES + 1]:
        kind, _, values = word.partition(":")
        if kind == "points":
            digits = [value for value in values.split(",") if value.isdecimal()]
            points = tuple(int(value[:9]) for value in digits[:N_POINTS])
            continue
        numbers = _numbers(values.replace(";", ",").split(","))
        if kind == "box" and len(numbers) == 4:
            shapes += _shape("box", numbers[:2], numbers[2:])
        elif kind == "lasso" and len(numbers) % 2 == 0:
            shapes += _shape("lasso", numbers[::2], numbers[1::2])
    return Selection(tuple(shapes[:N_SHAPES]), points)


def selection_of(event: Mapping[str, Any]) -> Selection:
    """What a chart's event says was marked; empty where it is taken back.

    Parameters
    ----------
    event
        With `selection`, which holds `box` and `lasso` (each with `x` and `y`) and `points`
        (each with `customdata`, its place). It comes from a browser: all of it is checked.
    """
    found = event.get("selection")
    shapes: list[Shape] = []
    for kind in ("box", "lasso"):
        for shape in _list(found, kind)[:N_SHAPES]:
            shapes += _shape(
                kind,
                _numbers(_list(shape, "x")[:_N_RAW]),
                _numbers(_list(shape, "y")[:_N_RAW]),
            )
    if shapes:
        return Selection(tuple(shapes[:N_SHAPES]))
    return Selection(points=tuple(int(place) for place in selected_places(event)[:N_POINTS]))


def selected_places(event: Mapping[str, Any]) -> np.ndarray:
    """Places in the codes of the points a chart's event names, int64, each once, sorted."""
    places = [_place(point) for point in _list(event.get("selection"), "points")]
    return np.unique(np.array([place for place in places if place is not None], np.int64))


def thinned(corners: np.ndarray, n_max: int) -> np.ndarray:
    """At most so many corners of an outline `(k, 2)`, dropping those that change it the least.

    Visvalingam & Whyatt (1993), doi:10.1179/000870493786962263: of each corner the triangle
    with its two neighbours is taken, and the corner of the smallest goes, again and again.
    """
    kept = np.asarray(corners, float)
    step = max(1, len(kept) // 500)
    kept = kept[::step]
    while len(kept) > max(3, n_max):
        before, after = np.roll(kept, 1, axis=0) - kept, np.roll(kept, -1, axis=0) - kept
        area = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
        kept = np.delete(kept, int(area.argmin()), axis=0)
    return kept


def _shape(kind: str, x: list[float], y: list[float]) -> list[Shape]:
    """The shape as a list of one; of none where its numbers make no outline."""
    if kind == "box" and len(x) == len(y) == 2:
        return [Shape("box", np.array([x, y]).T)]
    if kind == "lasso" and len(x) == len(y) >= 3:
        return [Shape("lasso", np.array([x, y]).T)]
    return []


def _numbers(values: Iterable[Any]) -> list[float]:
    """All of them as finite numbers, or none."""
    found = []
    for value in values:
        try:
            number = float(value)
        except (TypeError, ValueError):
            return []
        if not np.isfinite(number) or abs(number) > _LARGEST:
            return []
        found.append(number)
    return found


def _list(holder: Any, name: str) -> list[Any]:
    """The list under a name, if there is one."""
    found = holder.get(name) if isinstance(holder, Mapping) else None
    return found if isinstance(found, list) else []


def _place(point: Any) -> int | None:
    value = point.get("customdata") if isinstance(point, Mapping) else None
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    is_place = np.isfinite(value) and 0 <= value < 2**31 and value == int(value)
    return int(value) if is_place else None
