"""The plane through three pictures: which three, by their numbers or as they were selected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from aecore.data.samples import SampleSet
from aecore.maps.layouts.plane import LETTERS
from pages.ui import url_state
from pages.ui.gallery import gallery
from pages.ui.map.context import MapContext
from pages.ui.samples import captions
from pages.ui.translation import _

if TYPE_CHECKING:
    from aecore.latent.codes import Codes

_KEY = "map.through"


def three(samples: SampleSet, codes: Codes) -> tuple[int, ...]:
    """Ask for three samples, and show them; their rows, fewer where there are not so many.

    What was typed is taken as it can be: a number that is not on the map gives way to the next
    that is, and what is missing is filled from the middles of classes.
    """
    left, right = st.columns([1, 3], gap="medium", vertical_alignment="center")
    with left:
        typed = st.text_input(
            _("Through these three"),
            max_chars=60,
            **url_state.linked_widget(_KEY, url_state.read(_KEY), _typed),
            placeholder=", ".join(map(str, _first(samples, codes))),
            help=_(
                "Sample numbers, shown after # when you point at a sample. Or select three "
                "points on a map with Ctrl and a click, and use the plane through them."
            ),
        )
    rows = rows_of(typed or "", samples, codes)
    with right:
        if samples.is_pictures:
            named = captions(samples, np.array(rows, int))
            gallery(
                np.asarray(samples.x[list(rows)]),
                [_called(*of) for of in zip(LETTERS, rows, named, strict=False)],
                key="map.three",
                target_px=64,
            )
        else:
            st.caption(" · ".join(f"{n}: #{row}" for n, row in zip(LETTERS, rows, strict=False)))
    return rows


def _called(name: str, row: int, caption: str) -> str:
    """Under a picture: its letter on the map, its number, and its class or file."""
    return f"{name} · #{row}" + (f" · {caption}" if caption != f"#{row}" else "")


def rows_of(typed: str, samples: SampleSet, codes: Codes) -> tuple[int, ...]:
    """Rows of three different samples on the map from whatever text came.

    Examples
    --------
    >>> [int(word) for word in re.findall(r"\\d{1,9}", "#3, 7; -x")]
    [3, 7]
    """
    found: list[int] = []
    for number in [int(word) for word in re.findall(r"\d{1,9}", typed[:200])[:3]]:
        nearest = codes.rows[np.abs(codes.rows - number).argsort(kind="stable")[:3]]
        found += [int(row) for row in nearest if row not in found][:1]
    found += [row for row in _first(samples, codes) if row not in found]
    found += [int(row) for row in codes.rows[:6] if row not in found]
    return tuple(found[:3])


def _first(samples: SampleSet, codes: Codes) -> list[int]:
    """Three to begin with: the middles of three classes, else some of all."""
    from aecore.latent.groups import class_examples

    if samples.labels is not None and len(samples.label_names) >= 3:
        labels = samples.labels[codes.rows]
        chosen = class_examples(codes.z, labels, len(samples.label_names))[:3]
        if len(chosen) == 3:
            return [int(row) for row in codes.rows[chosen]]
    spread = np.linspace(0, len(codes) - 1, min(3, len(codes))).astype(int)
    return [int(row) for row in codes.rows[spread]]


def offer(seen: MapContext, places: np.ndarray) -> None:
    """Where three are selected, the plane through them, one press away."""
    if len(places) != 3:
        return
    rows = [int(row) for row in seen.map.codes.rows[places]]
    if st.button(
        _("Plane through these three"),
        key="map.plane",
        icon=":material/change_history:",
        on_click=_take,
        args=(rows,),
        help=_(
            "A map that contains the three codes exactly; every position between them can be "
            "decoded."
        ),
    ):
        st.rerun()


def _typed(text: str) -> None:
    url_state.write(_KEY, text[:60])


def _take(rows: list[int]) -> None:
    url_state.write(_KEY, ", ".join(map(str, rows)))
    url_state.write("map.method", "plane")
    url_state.write("map.axes", "2")
