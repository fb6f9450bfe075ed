"""How good the search is: code, LSA and TF-IDF beside each other, and with how few bits."""

from __future__ import annotations

import streamlit as st

from aecore.figures.score_dots import Dot, dots_figure
from aecore.metrics.compare import Interval
from pages.ui.search.context import METHODS, SearchContext

_TITLE = "mean average precision (1 is best)"
_BITS = (32, 64, 128)


def methods_card(seen: SearchContext) -> None:
    """Mean average precision and precision at 10 of each method, and whether the code is better."""
    judged = seen.study.judged
    with st.container(border=True, height="stretch", key="search.methods"):
        st.markdown("**How good is the search**")
        if not judged:
            st.markdown(
                "These texts have no classes, or too few: nothing says which answers are right. "
                "Folders, or a column of a table, become classes."
            )
            return
        dots = [
            _dot(title, judged[space].average_precision, is_yardstick=space != "code")
            for space, title in METHODS.items()
        ]
        st.plotly_chart(dots_figure(dots, title=_TITLE), key="search.map", width="stretch")
        st.markdown(_verdict(seen))
        tens = "; ".join(
            f"{title} {judged[space].precision.mean:.3f} ({judged[space].precision.low:.3f} to "
            f"{judged[space].precision.high:.3f})"
            for space, title in METHODS.items()
        )
        n = judged["code"].average_precision.n
        st.caption(
            f"Share of the ten nearest of the same class, precision at 10: {tens}. By chance about "
            f"{judged['code'].chance:.2f}. {n:,} texts of the test part asked for those of their "
            "class among all others; 99 % intervals. No method is told a class."
        )


def _verdict(seen: SearchContext) -> str:
    """Where a simple method is as good, it is said."""
    words = []
    for space in ("tfidf", "lsa"):
        gain = seen.study.gain("code", space)
        span = f"{abs(gain.mean):.3f} ({abs(gain.low):.3f} to {abs(gain.high):.3f})"
        if not gain.excludes_zero:
            words.append(f"**{METHODS[space]} is as good as the code here.**")
        elif gain.mean > 0:
            words.append(f"The code is better than {METHODS[space]} by {span}.")
        else:
            words.append(f"**{METHODS[space]} is better than the code here**, by {span}.")
    return " ".join(words)


def bits_card(seen: SearchContext) -> None:
    """The same by some bits of each text."""
    judged = seen.study.judged
    with st.container(border=True, height="stretch", key="search.bits"):
        st.markdown("**With a few bits of each text** &nbsp; :gray[semantic hashing]")
        shown = [n for n in _BITS if f"code-{n}" in judged]
        if not shown:
            st.markdown(
                "Nothing to judge by: the texts have no classes, or the code has fewer than "
                f"{_BITS[0]} numbers."
            )
            return
        dots = []
        for n in shown:
            dots.append(_dot(f"code, {n} bits", judged[f"code-{n}"].average_precision))
            if f"lsa-{n}" in judged:
                known = judged[f"lsa-{n}"].average_precision
                dots.append(_dot(f"LSA, {n} bits", known, is_yardstick=True))
        st.plotly_chart(dots_figure(dots, title=_TITLE), key="search.bits_map", width="stretch")
        whole = judged["code"].average_precision.mean
        enough = [n for n in shown if judged[f"code-{n}"].average_precision.mean > whole - 0.02]
        words = (
            f"**{enough[0]} bits are enough**: {enough[0] // 8} bytes a text instead of "
            f"{4 * seen.run.n_dims:,}, and as good within 0.02."
            if enough
            else f"{shown[-1]} bits rank worse than the whole code ({whole:.3f})."
        )
        st.markdown(words)
        st.caption(
            "Texts are ranked by the number of bits in which they differ. Bits are signs after the "
            "rotation that loses least (ITQ: Gong & Lazebnik 2011); semantic hashing: "
            "Salakhutdinov & Hinton 2009."
        )


def _dot(name: str, score: Interval, *, is_yardstick: bool = False) -> Dot:
    return Dot(name, score.mean, score.low, score.high, is_yardstick=is_yardstick)
