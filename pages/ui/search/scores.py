"""How good the search is: code, LSA and TF-IDF beside each other, and with how few bits."""

from __future__ import annotations

import streamlit as st

from aecore.figures.score_dots import Dot, dots_figure
from aecore.metrics.compare import Interval
from pages.ui.search.context import METHODS, SearchContext
from pages.ui.translation import _, mark

_TITLE = mark("mean average precision (1 is best)")
_BITS = (32, 64, 128)


def methods_card(seen: SearchContext) -> None:
    """Mean average precision and precision at 10 of each method, and whether the code is better."""
    judged = seen.study.judged
    with st.container(border=True, height="stretch", key="search.methods"):
        st.markdown(_("**How good is the search**"))
        if not judged:
            st.markdown(
                _(
                    "These texts have no classes, or too few: nothing says which answers are "
                    "right. Folders, or a column of a table, become classes."
                )
            )
            return
        dots = [
            _dot(title, judged[space].average_precision, is_yardstick=space != "code")
            for space, title in METHODS.items()
        ]
        st.plotly_chart(dots_figure(dots, title=_TITLE, say=_), key="search.map", width="stretch")
        st.markdown(_verdict(seen))
        tens = "; ".join(
            _(
                "{title} {mean:.3f} ({low:.3f} to {high:.3f})",
                title=title,
                mean=judged[space].precision.mean,
                low=judged[space].precision.low,
                high=judged[space].precision.high,
            )
            for space, title in METHODS.items()
        )
        n = judged["code"].average_precision.n
        st.caption(
            _(
                "Share of the ten nearest of the same class, precision at 10: {tens}. By chance "
                "about {chance:.2f}. {n:,} texts of the test part asked for those of their class "
                "among all others; 99 % intervals. No method is told a class.",
                tens=tens,
                chance=judged["code"].chance,
                n=n,
            )
        )


def _verdict(seen: SearchContext) -> str:
    """Where a simple method is as good, it is said."""
    words = []
    for space in ("tfidf", "lsa"):
        gain = seen.study.gain("code", space)
        span = _(
            "{mean:.3f} ({low:.3f} to {high:.3f})",
            mean=abs(gain.mean),
            low=abs(gain.low),
            high=abs(gain.high),
        )
        if not gain.excludes_zero:
            words.append(_("**{space} is as good as the code here.**", space=METHODS[space]))
        elif gain.mean > 0:
            words.append(
                _("The code is better than {space} by {span}.", space=METHODS[space], span=span)
            )
        else:
            words.append(
                _(
                    "**{space} is better than the code here**, by {span}.",
                    space=METHODS[space],
                    span=span,
                )
            )
    return " ".join(words)


def bits_card(seen: SearchContext) -> None:
    """The same by some bits of each text."""
    judged = seen.study.judged
    with st.container(border=True, height="stretch", key="search.bits"):
        st.markdown(_("**With a few bits of each text** &nbsp; :gray[semantic hashing]"))
        shown = [n for n in _BITS if f"code-{n}" in judged]
        if not shown:
            st.markdown(
                _(
                    "Nothing to judge by: the texts have no classes, or the code has fewer than "
                    "{bits} numbers.",
                    bits=_BITS[0],
                )
            )
            return
        dots = []
        for n in shown:
            dots.append(_dot(_("code, {n} bits", n=n), judged[f"code-{n}"].average_precision))
            if f"lsa-{n}" in judged:
                known = judged[f"lsa-{n}"].average_precision
                dots.append(_dot(_("LSA, {n} bits", n=n), known, is_yardstick=True))
        st.plotly_chart(
            dots_figure(dots, title=_TITLE, say=_), key="search.bits_map", width="stretch"
        )
        whole = judged["code"].average_precision.mean
        enough = [n for n in shown if judged[f"code-{n}"].average_precision.mean > whole - 0.02]
        words = (
            _(
                "**{n_bits} bits are enough**: {n_bytes} bytes a text instead of "
                "{n_dims:,}, and as good within 0.02.",
                n_bits=enough[0],
                n_bytes=enough[0] // 8,
                n_dims=4 * seen.run.n_dims,
            )
            if enough
            else _(
                "{shown} bits rank worse than the whole code ({whole:.3f}).",
                shown=shown[-1],
                whole=whole,
            )
        )
        st.markdown(words)
        st.caption(
            _(
                "Texts are ranked by the number of bits in which they differ. Bits are signs after "
                "the rotation that loses least (ITQ: Gong & Lazebnik 2011); semantic hashing: "
                "Salakhutdinov & Hinton 2009."
            )
        )


def _dot(name: str, score: Interval, *, is_yardstick: bool = False) -> Dot:
    return Dot(name, score.mean, score.low, score.high, is_yardstick=is_yardstick)
