"""How many bits of a binary code are enough to find what is similar."""

from __future__ import annotations

import streamlit as st

from aecore.figures.bits_curve import bits_figure
from aecore.latent.binary_codes import BitsMethod
from aecore.metrics.retrieval import K
from aecore.studies.similar.study import ENOUGH, N_BITS
from pages.ui.similar.context import SimilarContext
from pages.ui.translation import _, mark

METHODS: dict[BitsMethod, str] = {
    "itq": "ITQ",
    "pca": mark("signs after PCA"),
    "hyperplanes": mark("random hyperplanes"),
}


def bits_card(seen: SimilarContext) -> None:
    """Precision over the number of bits, by three methods."""
    with st.container(border=True, height="stretch", key="similar.bits_card"):
        st.markdown(_("**How many bits are enough**"))
        if not seen.found.judged:
            st.markdown(_("Without classes nothing can say how many."))
            return
        st.markdown(verdict(seen))
        precision = {
            label: [seen.found.bits[method][n].precision.mean for n in N_BITS]
            for method, label in METHODS.items()
        }
        figure = bits_figure(
            N_BITS,
            precision,
            full=seen.found.judged["code"].precision.mean,
            enough=ENOUGH,
            title=_("precision at {k} (high is good)", k=K),
            say=_,
        )
        st.plotly_chart(figure, key="similar.bits", width="stretch")
        st.caption(
            _(
                "Semantic hashing (Salakhutdinov & Hinton 2009): each code becomes a few bits, and "
                "similar codes differ in few of them (Hamming distance), which a processor counts "
                "in a nanosecond or so. ITQ (Gong & Lazebnik 2011) rotates the code so that its "
                "signs lose least. More bits than the code has dimensions are blocks, each of "
                "another rotation."
            )
        )


def verdict(seen: SimilarContext) -> str:
    """The fewest bits that are enough, and what they save."""
    n, D = seen.found.n_bits_enough, seen.search.vectors("code").shape[1]
    n_bytes = 4 * D
    if n is None:
        return _(
            "None of these keeps {enough:.0f} % of the precision of the codes "
            "({n_bytes:,} bytes each).",
            enough=100 * ENOUGH,
            n_bytes=n_bytes,
        )
    return _(
        "**{n_bits} bits** ({n_bytes} bytes a sample) keep {percent:.0f} % of the precision of the "
        "codes ({n_bytes_of_codes:,} bytes).",
        n_bits=n,
        n_bytes=n // 8,
        percent=100 * ENOUGH,
        n_bytes_of_codes=n_bytes,
    )
