"""Arithmetic with codes: A minus B plus C, of pictures or of class means."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from aecore.figures.exports import strip_png
from aecore.latent.codes import Codes
from aecore.latent.paths import arithmetic
from pages.ui import errors, url_state
from pages.ui.gallery import gallery
from pages.ui.translation import _, mark
from pages.ui.walk.context import Chosen, WalkContext, choose, downloads, trained_on

_KINDS = {"means": mark("Class means"), "single": mark("Single pictures")}


def panel(scene: WalkContext) -> None:
    """Three terms and their sum, as pictures with signs between."""
    _sum(scene, scene.codes() if scene.samples.label_names else None)


@st.fragment
def _sum(scene: WalkContext, codes: Codes | None) -> None:
    kind = "single"
    if codes is not None:
        kind = url_state.choice(
            "Of",
            _KINDS,
            "walk.sum_of",
            widget=st.segmented_control,
            help=_("The mean code of a class is less noisy than that of one picture."),
        )
    with errors.shown():
        columns = st.columns([5, 1, 5, 1, 5, 1, 6], vertical_alignment="center")
        terms = []
        for i, (name, title) in enumerate((("sa", "A"), ("sb", "B"), ("sc", "C"))):
            with columns[2 * i]:
                if kind == "means" and codes is not None:
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
        _(
            "The difference between A and B is a direction in latent space; added to C, it should "
            "change C in the same way (Radford, Metz & Chintala 2016, who did this with smiles and "
            "glasses). It works if a direction means the same everywhere: 8 − 3 closes the loops "
            "on the left. Is 8 − 3 + 5 a 6?{snapping}",
            snapping=scene.snapping,
        )
    )


def _mean(scene: WalkContext, codes: Codes, name: str, title: str, first: int) -> Chosen:
    """The mean code of a class of the training part, shown decoded."""
    names = {str(i): name for i, name in enumerate(scene.samples.label_names)}
    label = url_state.choice(title, names, f"walk.{name}_class", default=str(first % len(names)))
    labels, chosen = scene.samples.labels, trained_on(codes)
    if labels is not None:
        of_class = chosen & (labels[codes.rows] == int(label))
        chosen = of_class if of_class.any() else chosen
    z = codes.z[chosen].mean(0)
    x = scene.decode(z[None])[0]
    gallery(
        x[None], [_("mean of {names}", names=names[label])], key=f"walk.{name}_mean", target_px=140
    )
    return Chosen(x, _("mean of {names}", names=names[label]), z)
