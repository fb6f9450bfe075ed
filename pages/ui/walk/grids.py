"""Squares of decoded codes as one large picture: between four pictures, and a whole plane."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from aecore.figures.exports import grid_png
from aecore.figures.pictures import as_rgb, mosaic
from aecore.latent.paths import corners, manifold
from pages.ui import errors, session
from pages.ui.gallery import gallery
from pages.ui.shipped_model import shipped_run
from pages.ui.translation import _
from pages.ui.walk.context import WalkContext, choose, downloads, thumbnails, trained_on
from pages.ui.walk.training import train_plane

_SHEET_PX = 800
_SIDES = [4, 5, 8, 10, 20]
_PLANE_SIDES = [8, 12, 16, 20, 24, 30]


@st.fragment
def square(scene: WalkContext) -> None:
    """Four pictures at the corners, and all that lies between them."""
    with errors.shown():
        left, middle, right = st.columns([2, 5, 2], gap="medium")
        four = []
        for i, (column, title) in enumerate(
            zip(
                (left, right, left, right),
                (_("Top left"), _("Top right"), _("Bottom left"), _("Bottom right")),
                strict=True,
            )
        ):
            with column:
                four.append(choose(scene, f"c{i + 1}", i, title, target_px=112))
        with middle:
            n_side = st.select_slider(
                _("Pictures per side"), _SIDES, 8, key="walk.side", bind="query-params"
            )
            codes = corners([chosen.z for chosen in four], int(n_side))
            _sheet(scene, codes, "corners", 560)
    st.caption(
        _(
            "Every picture is decoded from a mixture of the four corner codes: the closer to a "
            "corner, the more of it. Between digits of two classes, look for the line where one "
            "becomes the other.{snapping}",
            snapping=scene.snapping,
        )
    )


def plane(scene: WalkContext) -> None:
    """All that a code of two numbers can say, as one picture."""
    if scene.run.n_dims != 2:
        _gate(scene)
        return
    data = None
    if not scene.is_gaussian:
        codes = scene.codes()
        data = codes.z[trained_on(codes)]
    _plane(scene, data)


@st.fragment
def _plane(scene: WalkContext, data: np.ndarray | None) -> None:
    left, right = st.columns([5, 4], gap="large")
    with right:
        n_side = st.select_slider(
            _("Pictures per side"), _PLANE_SIDES, 20, key="walk.plane_side", bind="query-params"
        )
        words = (
            _(
                "The pictures are at equally spaced quantiles of the prior, from 5 to 95 %: each "
                "represents the same share of this VAE's samples (Kingma & Welling 2014, figure 4)."
            )
            if data is None
            else _(
                "The pictures are equally spaced over the range of the data's codes, from "
                "the 2nd to the 98th percentile. A plain code fills it unevenly: look for "
                "regions that decode to meaningless pictures."
            )
        )
        st.caption(
            _(
                "The first dimension increases to the right, the second upwards. Neighbours differ "
                "little: the latent space is smooth. {words}",
                words=words,
            )
        )
    with left, errors.shown():
        _sheet(scene, manifold(int(n_side), data), "plane", 720)


def _sheet(scene: WalkContext, codes: np.ndarray, key: str, target_px: int) -> None:
    n_side = len(codes)
    pictures = scene.decode(codes.reshape(n_side * n_side, -1))
    tiles = as_rgb(thumbnails(pictures, max(8, _SHEET_PX // n_side)))
    gallery(mosaic(tiles, n_side)[None], key=f"walk.{key}", target_px=target_px)
    downloads(key, partial(grid_png, pictures, n_side, gap_px=0), key=key)


def _gate(scene: WalkContext) -> None:
    with st.container(border=True, key="walk.no_plane"):
        st.markdown(
            _(
                "**This code has {n_dims} dimensions.** Only a two-dimensional code can "
                "be shown as one plane: train a VAE with two latent dimensions on the same data.",
                n_dims=scene.run.n_dims,
            )
        )
        with st.container(horizontal=True):
            st.button(
                _("Train a VAE with two dimensions"),
                key="walk.train_plane",
                type="primary",
                icon=":material/model_training:",
                on_click=train_plane,
                args=(scene,),
            )
            st.button(
                _("Open the pre-trained one"),
                key="walk.shipped",
                icon=":material/visibility:",
                on_click=_open_shipped,
            )


def _open_shipped() -> None:
    with errors.shown():
        session.choose("run", shipped_run().key)
