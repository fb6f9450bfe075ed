"""How many bits of a binary code are enough to find what is similar."""

from __future__ import annotations

import streamlit as st

from aecore.figures.bits_curve import bits_figure
from aecore.latent.binary_codes import BitsMethod
from aecore.metrics.retrieval import K
from aecore.studies.similar.study import ENOUGH, N_BITS
from pages.ui.similar.context import SimilarContext

METHODS: dict[BitsMethod, str] = {
    "itq": "ITQ",
    "pca": "signs after PCA",
    "hyperplanes": "random hyperplanes",
}


def bits_card(seen: SimilarContext) -> None:
    """Precision over the number of bits, by three methods."""
    with st.container(border=True, height="stretch", key="similar.bits_card"):
        st.markdown("**How many bits are enough**")
        if not seen.found.judged:
            st.markdown("Without classes nothing can say how many.")
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
            title=f"precision at {K} (high is good)",
        )
        st.plotly_chart(figure, key="similar.bits", width="stretch")
        st.caption(
            "Semantic hashing (Salakhutdinov & Hinton 2009): each code becomes a few bits, and "
            "similar codes differ in few of them (Hamming distance), which a processor counts in "
            "a nanosecond or so. ITQ (Gong & Lazebnik 2011) rotates the code so that its signs "
            "lose least. More bits than the code has dimensions are blocks, each of another "
            "rotation."
        )


def verdict(seen: SimilarContext) -> str:
    """The fewest bits that are enough, and what they save."""
    n, D = seen.found.n_bits_enough, seen.search.vectors("code").shape[1]
    n_bytes = 4 * D
    if n is None:
        return (
            f"None of these keeps {100 * ENOUGH:.0f} % of the precision of the codes "
            f"({n_bytes:,} bytes each)."
        )
    return (
        f"**{n} bits** ({n // 8} bytes a sample) keep {100 * ENOUGH:.0f} % of the precision of the "
        f"codes ({n_bytes:,} bytes)."
    )
