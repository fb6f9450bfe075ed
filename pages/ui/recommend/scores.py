"""How well each method suggests what is hidden of held-out people."""

from __future__ import annotations

import streamlit as st

from aecore.figures.score_dots import Dot, dots_figure
from aecore.studies.recommend.study import RUN, SCORES
from pages.ui.markdown import escape
from pages.ui.recommend.choose import RecommendContext
from pages.ui.translation import _, mark
from pages.ui.url_state import choice

_NAMES = dict(zip(SCORES, (mark("Recall@20"), mark("Recall@50"), "NDCG@100"), strict=True))
_WORDS = {
    "recall@20": mark("of the hidden things, how many are among the first 20"),
    "recall@50": mark("of the hidden things, how many are among the first 50"),
    "ndcg@100": mark("hidden things among the first 100, the higher the rank the more"),
}


def scores_card(view: RecommendContext) -> None:
    """One score of every method with its interval, and how it was measured."""
    result = view.recommender.result
    with st.container(border=True, height="stretch", key="recommend.scores_card"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_("**How well held-out people are served**"), width="stretch")
            score = choice(
                _("Score"),
                _NAMES,
                "recommend.score",
                default=SCORES[-1],
                widget=st.segmented_control,
                label_visibility="collapsed",
            )
        dots = []
        for name, method in result.methods.items():
            mean = method.interval(score)
            is_rival = name != RUN
            dots.append(Dot(_(method.title), mean.mean, mean.low, mean.high, is_yardstick=is_rival))
        dots.sort(key=lambda dot: -dot.value)
        figure = dots_figure(
            dots, title=_("{score} (1 is best)", score=_NAMES[score]), height_px=330, say=_
        )
        st.plotly_chart(figure, key="recommend.dots", width="stretch")
        settings = "; ".join(
            f"{_(method.title)}: {_(method.setting)}"
            for method in result.methods.values()
            if method.setting
        )
        st.caption(
            _(
                "{n_rows:,} people of the test part; {share:.0f} % of the "
                "things of each are hidden. {score}: {meaning}. Recall divides by "
                "min(k, hidden things), as of Liang et al. 2018. Whiskers: 95 % intervals. "
                "Chosen on validation people: {settings}.",
                n_rows=len(result.rows),
                share=100 * result.spec.share,
                score=_NAMES[score],
                meaning=_WORDS[score],
                settings=escape(settings),
            )
        )
