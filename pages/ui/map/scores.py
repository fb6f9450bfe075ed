"""How far a map can be trusted: its scores, and what a map of its kind can and cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from aecore.specs import MapMethod
from pages.ui.markdown import plain
from pages.ui.score import Score, metric

if TYPE_CHECKING:
    from aecore.maps.latent_map import LatentMap

CAN_SAY: dict[MapMethod, str] = {
    "pca": "**What this map can say.** PCA is a straight projection: each axis is one direction of "
    "the latent space, and its name says how much of the variance lies along it. Points that "
    "are far apart here are at least as far apart in the code. **What it cannot say:** points that "
    "lie on each other here may be far apart along the directions that are not shown.",
    "plane": "**What this map can say.** It is the plane through the codes of the three pictures "
    "A, B and C, seen face on: each of the three is decoded here from its own code, and every "
    "place between them is a mix of the three. Distances along the plane are those of the code. "
    "**What it cannot say:** how far from the plane the other points lie. Most lie off it, so "
    "that a place may be decoded to something else than the points that seem to lie there.",
    "umap": "**What this map can say.** Points that are neighbours here are mostly neighbours in "
    "the code; groups that are clearly apart usually are. **What it cannot say:** how large, "
    "how dense or how far apart groups are; those follow from the settings. Axes have no meaning. "
    "Look at several settings and seeds before believing a shape (McInnes, Healy & Melville 2018, "
    "arXiv:1802.03426).",
    "tsne": "**What this map can say.** Points that are neighbours here are mostly neighbours in "
    "the code. **What it cannot say:** the size of a cluster and the distance between clusters "
    "mean nothing, and noise can look like clusters at a small perplexity: try several "
    "(Wattenberg, Viégas & Johnson 2016, “How to Use t-SNE Effectively”, Distill, "
    "doi:10.23915/distill.00002). Axes have no meaning.",
    "codes": "**What this map can say.** These are numbers of the code as they are: what a decoder "
    "would be given, nothing is bent. **What it cannot say:** anything about the dimensions that "
    "are not shown. Single dimensions of a plain autoencoder rarely mean something by themselves.",
}


def scores(found: LatentMap) -> None:
    """Trustworthiness and continuity beside each other, then the note and the words."""
    left, right = st.columns([1, 2], gap="large")
    with left, st.container(border=True, height="stretch"):
        st.markdown("**Are neighbours kept?**")
        one, other = st.columns(2)
        with one:
            metric(
                Score("Trustworthiness", found.trustworthiness, "", "high"),
                help="Whether points that are neighbours on the map are neighbours in the code. "
                "From 0 to 1; about 0.5 for a map by chance.",
            )
        with other:
            metric(
                Score("Continuity", found.continuity, "", "high"),
                help="Whether points that are neighbours in the code stay neighbours on the map. "
                "From 0 to 1; about 0.5 for a map by chance.",
            )
        st.caption(_how_scored(found))
    with right, st.container(border=True, height="stretch"):
        if found.note:
            st.info(plain(found.note), icon=":material/info:")
        st.markdown(CAN_SAY[found.spec.method])
        st.caption(f"Laid out in {found.seconds:.2g} s; the same settings give the same map again.")


def _how_scored(found: LatentMap) -> str:
    if found.trustworthiness is None:
        return "There is nothing to score: too few codes differ."
    of = f"{found.n_scored:,} points" if found.n_scored else "all points"
    return (
        f"Over the {found.k} nearest neighbours of {of}; 1 is perfect (Venna & Kaski 2001, "
        "ICANN, doi:10.1007/3-540-44668-0_68)."
    )
