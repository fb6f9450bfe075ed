"""Between two pictures: both ways, the place on the way large, and the film."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from aecore.figures.exports import gif, strip_png
from aecore.latent.paths import PathKind, interpolate
from pages.ui import errors, url_state
from pages.ui.gallery import gallery
from pages.ui.walk.context import Scene, choose, downloads, thumbnails

_WAYS: dict[PathKind, str] = {"linear": "Linear", "spherical": "Spherical"}
_WAY, _PLACE, _GO = "walk.way", "walk.place", "walk.go"


@st.fragment
def panel(scene: Scene) -> None:
    """From A to B; the slider moves along, and nothing but this runs again."""
    with errors.shown():
        left, middle, right = st.columns([3, 4, 3], gap="large")
        with left:
            a = choose(scene, "a", 0, "From")
        with right:
            b = choose(scene, "b", 1, "To")
        if _GO in st.session_state:
            st.session_state[_PLACE] = st.session_state.pop(_GO)
        with middle:
            way, n_steps = _settings()
            ways = {kind: scene.decode(interpolate(a.z, b.z, n_steps, kind)) for kind in _WAYS}
            _along(ways[way])
        for kind, pictures in ways.items():
            _strip(kind, pictures, is_chosen=kind == way)
        downloads(
            f"walk-{n_steps}-{way}",
            partial(strip_png, ways[way]),
            partial(gif, ways[way]),
            key="between",
        )
    st.caption(_words(scene, a.z, b.z))


@st.fragment
def _along(pictures: np.ndarray) -> None:
    """The slider and the picture at its place; nothing else runs when it moves."""
    with errors.shown():
        place = _place(len(pictures))
        gallery(pictures[place - 1][None], key="walk.large", target_px=280)


def _strip(way: PathKind, pictures: np.ndarray, *, is_chosen: bool) -> None:
    """All of one way, numbered as on the slider; a click goes there."""
    st.markdown(f"**{_WAYS[way]}**" if is_chosen else _WAYS[way])
    names = [str(i + 1) for i in range(len(pictures))]
    at = gallery(
        thumbnails(pictures, 56),
        names,
        key=f"walk.strip_{way}",
        target_px=56,
        clickable=True,
    )
    if at is not None:
        url_state.write(_WAY, way)
        st.session_state[_GO] = at + 1
        st.rerun()


def _settings() -> tuple[PathKind, int]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="walk.way_bar"):
        way = url_state.choice(
            "Way",
            _WAYS,
            _WAY,
            widget=st.segmented_control,
            help="Linear: the straight line between the two codes. Spherical: turning from one "
            "direction to the other, which keeps the distance from the middle.",
        )
        n_steps = st.number_input(
            "Steps",
            2,
            32,
            16,
            key="walk.steps",
            bind="query-params",
            width=130,
        )
    return way, min(32, max(2, int(n_steps)))


def _place(n_steps: int) -> int:
    """The slider along the path: from 1 to n_steps."""
    state = st.session_state
    if state.get(_PLACE, 1) > n_steps:
        state[_PLACE] = n_steps
    place = st.slider(
        "Place on the way",
        1,
        n_steps,
        (n_steps + 1) // 2,
        key=_PLACE,
        bind="query-params",
        label_visibility="collapsed",
        format=f"%d of {n_steps}",
    )
    return min(n_steps, max(1, int(place)))


def _words(scene: Scene, a: np.ndarray, b: np.ndarray) -> str:
    norms = [float(np.linalg.norm(z)) for z in (a, b, (a + b) / 2)]
    words = (
        "Both ends are the model's reconstructions of your two pictures; all between is made up "
        "by the decoder. Where it stays a believable picture all the way, the codes between are "
        "in use; where it fades into a mixture of both, they are not. "
        f"The two codes lie {norms[0]:.3g} and {norms[1]:.3g} from the middle of the latent "
        f"space, half of the straight way {norms[2]:.3g}"
    )
    if scene.is_quantized:
        return f"{words}.{scene.snapping}"
    if scene.is_gaussian:
        return f"{words}: the spherical way keeps to the distance at which codes lie (White 2016)."
    return f"{words}; a plain code knows no middle, so spherical is no better than linear here."
