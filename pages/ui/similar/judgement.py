"""Which search finds more of the same class: the code, PCA or pixels."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures.score_dots import Dot, dots_figure
from aecore.metrics.compare import difference
from aecore.metrics.retrieval import K
from aecore.studies.similar.search import Space
from pages.ui.markdown import escape
from pages.ui.similar.context import SimilarContext
from pages.ui.translation import _

RIVALS: tuple[Space, ...] = ("pca", "pixels")


def judgement_card(seen: SimilarContext) -> None:
    """Mean average precision and precision at 10 with intervals, and what they say."""
    with st.container(border=True, height="stretch", key="similar.judgement"):
        st.markdown(_("**Which search finds more of the same class**"))
        judged = seen.found.judged
        if not judged:
            st.markdown(
                _("Nothing can be judged: {why_not}", why_not=escape(_(seen.found.why_not)))
            )
            return
        st.markdown(verdict(seen))
        _dots(seen, _("mean average precision (high is good)"), "map")
        _dots(seen, _("precision at {k} (high is good)", k=K), "precision")
        code = judged["code"]
        st.caption(
            _(
                "Precision at {k}: share of the {k} nearest that have the query's class. Average "
                "precision: the same over the whole ranking. By chance both are about "
                "{chance:.2f}. {n_precisions:,} held-out {noun} ask; whiskers: "
                "99 % intervals.",
                k=K,
                chance=code.chance,
                n_precisions=len(code.precisions),
                noun=seen.noun,
            )
        )


def verdict(seen: SimilarContext) -> str:
    """Where PCA or pixels are as good as the code, said first."""
    judged, titles = seen.found.judged, seen.titles
    words = []
    for rival in RIVALS:
        found = difference(judged["code"].averages, judged[rival].averages)
        name = "PCA" if rival == "pca" else titles[rival].lower()
        low, high = sorted((abs(found.low), abs(found.high)))
        size = _("{mean:.3f} ({low:.3f} to {high:.3f})", mean=abs(found.mean), low=low, high=high)
        if not found.excludes_zero:
            about = _(
                "{mean:+.3f} ({low:+.3f} to {high:+.3f})",
                mean=found.mean,
                low=found.low,
                high=found.high,
            )
            words.append(
                _(
                    "**Search by {name} is as good**: the difference, {about}, is not significant.",
                    name=name,
                    about=about,
                )
            )
        elif found.mean < 0:
            words.append(
                _(
                    "**Search by {name} is better** than by {code}, by {size}.",
                    name=name,
                    code=_code(seen),
                    size=size,
                )
            )
        else:
            words.append(
                _(
                    "Search by {code} is better than by {name}, by {size}.",
                    code=_code(seen),
                    name=name,
                    size=size,
                )
            )
    return " ".join(words)


def _code(seen: SimilarContext) -> str:
    return seen.titles["code"].lower()


def _dots(seen: SimilarContext, title: str, key: str) -> None:
    dots = []
    for space, each in seen.found.judged.items():
        found = each.average_precision if key == "map" else each.precision
        name = seen.titles[space].split(",")[0]
        dots.append(Dot(name, found.mean, found.low, found.high, is_yardstick=space != "code"))
    figure = dots_figure(dots, title=title, height_px=160, say=_)
    low = min(dot.low for dot in dots)
    figure.update_xaxes(range=[max(0.0, float(np.floor(20 * low) / 20) - 0.05), 1.0])
    st.plotly_chart(figure, key=f"similar.{key}", width="stretch")
