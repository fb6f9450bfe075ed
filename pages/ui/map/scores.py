"""How far a map can be trusted: its scores, and what a map of its kind can and cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from aecore.specs.maps import MapMethod
from pages.ui.markdown import escape
from pages.ui.score import Score, metric
from pages.ui.translation import _, mark

if TYPE_CHECKING:
    from aecore.maps.latent_map import LatentMap

CAN_SAY: dict[MapMethod, str] = {
    "pca": mark(
        "**What this map shows.** PCA is a linear projection: each axis is one direction of "
        "the latent space, labelled with its share of the variance. Points that are far "
        "apart here are at least as far apart in the code. **What it does not show:** points "
        "that are close together here may be far apart along the other directions."
    ),
    "plane": mark(
        "**What this map shows.** It is the plane through the codes of the three pictures A, "
        "B and C: each of the three is decoded from its own code, and every position between "
        "them is a mixture of the three. Distances in the plane are those of the code. "
        "**What it does not show:** how far the other points are from the plane. Most are "
        "not on it, so the picture decoded at a position may differ from the points drawn "
        "there."
    ),
    "umap": mark(
        "**What this map shows.** Points that are neighbours here are mostly neighbours in "
        "the code, and clearly separate groups are usually separate. **What it does not "
        "show:** the size, density and distance of groups; these depend on the settings. "
        "Axes have no meaning. Compare several settings and seeds before you trust a shape "
        "(McInnes, Healy & Melville 2018, arXiv:1802.03426)."
    ),
    "tsne": mark(
        "**What this map shows.** Points that are neighbours here are mostly neighbours in "
        "the code. **What it does not show:** the size of clusters and the distance between "
        "them; these have no meaning. Noise can look like clusters at a small perplexity: "
        "try several (Wattenberg, Viégas & Johnson 2016, “How to Use t-SNE Effectively”, "
        "Distill, doi:10.23915/distill.00002). Axes have no meaning."
    ),
    "codes": mark(
        "**What this map shows.** Latent dimensions as they are, without any projection. "
        "**What it does not show:** the other dimensions. A single dimension of a plain "
        "autoencoder rarely has a meaning of its own."
    ),
}


def scores(found: LatentMap) -> None:
    """Trustworthiness and continuity beside each other, then the note and the words."""
    left, right = st.columns([1, 2], gap="large")
    with left, st.container(border=True, height="stretch"):
        st.markdown(_("**Are neighbours preserved?**"))
        one, other = st.columns(2)
        with one:
            metric(
                Score(_("Trustworthiness"), found.trustworthiness, "", "high"),
                help=_(
                    "Whether points that are neighbours on the map are neighbours in the "
                    "code. From 0 to 1; about 0.5 for a random map."
                ),
            )
        with other:
            metric(
                Score(_("Continuity"), found.continuity, "", "high"),
                help=_(
                    "Whether points that are neighbours in the code are neighbours on the "
                    "map. From 0 to 1; about 0.5 for a random map."
                ),
            )
        st.caption(_how_scored(found))
    with right, st.container(border=True, height="stretch"):
        if found.note:
            st.info(escape(_(found.note)), icon=":material/info:")
        st.markdown(CAN_SAY[found.spec.method.name])
        st.caption(
            _(
                "Computed in {seconds:.2g} s; the same settings give the same map.",
                seconds=found.seconds,
            )
        )


def _how_scored(found: LatentMap) -> str:
    if found.trustworthiness is None:
        return _("No scores: too few of the codes differ.")
    of = _("{n_scored:,} points", n_scored=found.n_scored) if found.n_scored else _("all points")
    return _(
        "Over the {k} nearest neighbours of {of}; 1 is perfect (Venna & Kaski 2001, "
        "ICANN, doi:10.1007/3-540-44668-0_68).",
        k=found.k,
        of=of,
    )
