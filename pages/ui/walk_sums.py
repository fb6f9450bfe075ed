"""Arithmetic with codes: A minus B plus C, of pictures or of class means."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from aecore.figures.film import strip_png
from aecore.latent.codes import Codes
from aecore.latent.paths import arithmetic
from pages.ui import problems
from pages.ui.gallery import gallery
from pages.ui.walk_scene import Chosen, Scene, choose, downloads, trained_on

_MEANS, _SINGLE = "Class means", "Single pictures"


def panel(scene: Scene) -> None:
    """Three terms and their sum, as pictures with signs between."""
    kinds = [_MEANS, _SINGLE] if scene.samples.label_names else [_SINGLE]
    codes = scene.codes() if len(kinds) > 1 else None
    _sum(scene, codes, kinds)


@st.fragment
def _sum(scene: Scene, codes: Codes | None, kinds: list[str]) -> None:
    kind = kinds[0]
    if len(kinds) > 1:
        kind = st.segmented_control(
            "Of",
            kinds,
            default=kinds[0],
            required=True,
            key="walk.sum_of",
            bind="query-params",
            help="The mean code of a class is steadier than that of one picture.",
        )
    with problems.shown():
        columns = st.columns([5, 1, 5, 1, 5, 1, 6], vertical_alignment="center")
        terms = []
        for i, (name, title) in enumerate((("sa", "A"), ("sb", "B"), ("sc", "C"))):
            with columns[2 * i]:
                if kind == _MEANS and codes is not None:
                    terms.append(_mean(scene, codes, name, title, (8, 3, 5)[i]))
                else:
                    terms.append(choose(scene, name, i, title, target_px=140))
        for column, sign in zip(columns[1::2], "−+=", strict=True):
            column.markdown(f"# {sign}", text_alignment="center")
        found = scene.decode(arithmetic(*(term.z for term in terms))[None])[0]
        with columns[-1]:
            gallery(found[None], ["A − B + C"], key="walk.sum", target_px=196)
        downloads(
            "sum",
            partial(strip_png, np.stack([*(term.x for term in terms), found]), gap_px=16),
            key="sum",
        )
    st.caption(
        "What makes A differ from B is a direction in latent space; put onto C it should change "
        "C in the same way (Radford, Metz & Chintala 2016, who did it with smiles and glasses). "
        "It works as well as the directions of the code mean one thing each, wherever they begin: "
        f"8 − 3 closes the loops on the left; does it make a 5 a 6?{scene.snapping}"
    )


def _mean(scene: Scene, codes: Codes, name: str, title: str, first: int) -> Chosen:
    """The mean code of a class of the training part, shown decoded."""
    names = scene.samples.label_names
    labels = scene.samples.labels
    label = st.selectbox(
        title,
        names,
        first % len(names),
        key=f"walk.{name}_class",
        bind="query-params",
    )
    chosen = trained_on(codes)
    if labels is not None and label in names:
        of_class = chosen & (labels[codes.rows] == names.index(label))
        chosen = of_class if of_class.any() else chosen
    z = codes.z[chosen].mean(0)
    x = scene.decode(z[None])[0]
    gallery(x[None], [f"mean of {label}"], key=f"walk.{name}_mean", target_px=140)
    return Chosen(x, f"mean of {label}", z)
