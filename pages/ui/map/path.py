"""A path drawn on a map: what the model makes of the way, straight, round, and along the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.ui import url_state
from pages.ui.gallery import comparison
from pages.ui.map import state
from pages.ui.map.context import MapContext
from pages.ui.translation import _

if TYPE_CHECKING:
    from aecore.latent.codes import Codes
    from aecore.latent.data_path import DataGraph

N_STEPS = 12


def panel(seen: MapContext) -> None:
    """Three ways from one end to the other, once a path was drawn."""
    from aecore.latent.data_path import emptiness
    from aecore.latent.paths import interpolate
    from aecore.maps.inverse import inverse_of

    ends = state.ends_of(url_state.read(state.PATH))
    codes = seen.map.codes
    if ends is None or len(codes) < 3:
        return
    a, b = inverse_of(seen.map).codes_at(np.array(ends).reshape(2, 2))
    along = _graph(codes.key, codes).path(a, b, N_STEPS)
    ways = {
        _("Linear"): interpolate(a, b, N_STEPS, "linear"),
        _("Spherical"): interpolate(a, b, N_STEPS, "spherical"),
        _("Along the data"): along,
    }
    nearest = _nearest(codes.z, along)
    with st.container(horizontal=True, vertical_alignment="center", key="map.way"):
        st.markdown(_("**Pictures along the path**"), width="stretch")
        st.button(
            _("Clear path"),
            key="map.path_clear",
            icon=":material/close:",
            on_click=state.clear,
            args=(state.PATH,),
        )
    pictures = {name: seen.run.decode(way) for name, way in ways.items()}
    pictures[_("Nearest sample")] = np.asarray(seen.samples.x[codes.rows[nearest]])
    comparison(pictures, key="map.path_pictures", target_px=84)
    told = "; ".join(
        f"{name.lower()} {emptiness(way, codes.z).mean():.3g}" for name, way in ways.items()
    )
    st.caption(
        _(
            "Mean distance to the data (tenth nearest code), lower is closer: {told}. “Along the "
            "data” moves from neighbour to neighbour; the nearest samples are below it, so that "
            "copies can be seen.",
            told=told,
        )
    )


def _nearest(z: np.ndarray, way: np.ndarray) -> np.ndarray:
    return np.array([np.square(z - code).sum(1).argmin() for code in way])


@st.cache_resource(max_entries=4, show_spinner=False)
def _graph(codes_key: str, _codes: Codes) -> DataGraph:
    from aecore.latent.data_path import DataGraph

    return DataGraph(_codes.z)
