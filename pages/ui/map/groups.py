"""Two groups of points on a map, A and B: by class or marked by hand, kept in the address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from aecore.figures.index_text import places_from_text, places_to_text
from pages.ui import url_state
from pages.ui.map.context import MapContext
from pages.ui.translation import _, mark

A, B = "a", "b"
NONE, MARKED = "", mark("selected on the map")
N_OFFERED = 3
_N_TEXT = 40_000


@dataclass(frozen=True)
class Group:
    """Points that belong together.

    Parameters
    ----------
    name
        Any text: a class's name is a user's.
    places
        Places in the codes, int64, sorted.
    text
        As the address holds it.
    """

    name: str
    places: np.ndarray
    text: str

    @property
    def is_marked(self) -> bool:
        """Whether it was marked by hand, and is no class."""
        return not self.text.startswith("class:")


def group(seen: MapContext, which: str) -> Group | None:
    """What the address says of a group; None where it says nothing of these codes."""
    text = url_state.read(f"map.{which}")[:_N_TEXT]
    kind, _unused, rest = text.partition(":")
    codes, labels = seen.map.codes, seen.samples.labels
    if kind == "class" and labels is not None and rest.isdecimal():
        label = int(rest[:9])
        if label < len(seen.samples.label_names):
            places = np.flatnonzero(labels[codes.rows] == label)
            return Group(str(seen.samples.label_names[label]), places, text)
    if kind == _mark(seen) and rest:
        places = places_from_text(rest)
        places = places[places < len(codes)]
        return Group(MARKED, places, text) if len(places) else None
    return None


def buttons(seen: MapContext, places: np.ndarray) -> None:
    """What makes a group of the points that are selected."""
    if not seen.samples.is_pictures:
        return
    with st.container(horizontal=True, key="map.make"):
        for which in (A, B):
            st.button(
                _("Make group {upper}", upper=which.upper()),
                key=f"map.make_{which}",
                on_click=partial(_make, seen, which, places),
            )
    told = [f"{which.upper()}: {_size(group(seen, which))}" for which in (A, B)]
    st.caption(
        _("Two groups define a direction, shown below the map. {told}.", told="; ".join(told))
    )


def ask(seen: MapContext, which: str) -> Group | None:
    """A group by its class; or none, or the one that was marked."""
    found = group(seen, which)
    names = [str(name) for name in seen.samples.label_names] if _has_classes(seen) else []
    options = [NONE, *names]
    now = NONE if found is None else MARKED if found.is_marked else found.name
    if now not in options:
        options.append(now)
    st.selectbox(
        _("Group {upper}", upper=which.upper()),
        options,
        format_func=lambda name: name or _("none yet"),
        **url_state.linked_widget(f"map.group_{which}", now, partial(_chosen, which, names)),
    )
    return found


def offers(seen: MapContext) -> None:
    """Pairs of classes that lie near each other, each a click away."""
    pairs = nearest_classes(seen.map.codes.z, _labels(seen))[:N_OFFERED]
    if not pairs:
        return
    names = seen.samples.label_names
    with st.container(horizontal=True, key="map.offers"):
        for i, (one, other) in enumerate(pairs):
            st.button(
                _(
                    "{first} vs. {second}",
                    first=str(names[one])[:30],
                    second=str(names[other])[:30],
                ),
                key=f"map.offer_{i}",
                on_click=partial(_write, f"class:{one}", f"class:{other}"),
            )


def nearest_classes(z: np.ndarray, labels: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of classes by the distance of their mean codes, the nearest first.

    Parameters
    ----------
    z, labels
        `(n, D)`, and int `(n,)`, -1 for none.
    """
    known = [int(label) for label in np.unique(labels[labels >= 0])]
    means = {label: z[labels == label].mean(0) for label in known}
    pairs = [(one, other) for i, one in enumerate(known) for other in known[i + 1 :]]
    return sorted(pairs, key=lambda pair: float(np.linalg.norm(means[pair[0]] - means[pair[1]])))


def arrow(seen: MapContext) -> list[float] | None:
    """From the middle of group B to that of A on a flat map, `[x0, y0, x1, y1]`.

    On a projection that is where the direction itself leads.
    """
    one, other = group(seen, A), group(seen, B)
    if not seen.is_flat or one is None or other is None:
        return None
    if not len(one.places) or not len(other.places):
        return None
    ends = [seen.map.positions[each.places].mean(0) for each in (other, one)]
    found: list[float] = np.concatenate(ends).astype(float).round(6).tolist()
    return found


def clear() -> None:
    """Both groups are given up."""
    _write("", "")


def _size(found: Group | None) -> str:
    return _("none yet") if found is None else f"{len(found.places):,}"


def _has_classes(seen: MapContext) -> bool:
    return seen.samples.labels is not None and len(seen.samples.label_names) > 1


def _labels(seen: MapContext) -> np.ndarray:
    labels = seen.samples.labels
    return np.full(len(seen.map), -1) if labels is None else labels[seen.map.codes.rows]


def _mark(seen: MapContext) -> str:
    """Places mean something for one set of codes alone."""
    return seen.map.codes.key[-8:]


def _make(seen: MapContext, which: str, places: np.ndarray) -> None:
    url_state.write(_("map.{which}", which=which), f"{_mark(seen)}:{places_to_text(places)}")


def _chosen(which: str, names: list[str], name: str) -> None:
    if name != MARKED:
        url_state.write(
            _("map.{which}", which=which), f"class:{names.index(name)}" if name in names else ""
        )


def _write(one: str, other: str) -> None:
    url_state.write(_("map.{a}", a=A), one)
    url_state.write(_("map.{b}", b=B), other)
