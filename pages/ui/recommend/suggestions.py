"""What is suggested, which choices speak for it, and what the simple methods suggest."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aecore.export.suggestion_table import suggestion_csv
from aecore.figures.reasons import reasons_figure
from aecore.studies.recommend.study import RUN
from pages.ui.markdown import escape
from pages.ui.recommend.choose import RecommendContext
from pages.ui.translation import _, ngettext

_N_REASONS = 12
_ROW_PX = 35


def table_card(view: RecommendContext) -> int:
    """The run's suggestions; returns the rank of the one that is looked at, from 0."""
    ours = view.ours
    if ours is None:
        return 0
    with st.container(border=True, height="stretch", key="recommend.table_card"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_("**Suggested by this run**"), width="stretch")
            _download(view)
        unit = _("Probability") if view.is_softmax else _("Score")
        most = float(ours.scores.max()) if len(ours.scores) else 1.0
        picked = st.dataframe(
            {
                "": list(range(1, len(ours.things) + 1)),
                _("Thing"): [view.thing(i) for i in ours.things],
                unit: [float(100 * s if view.is_softmax else s) for s in ours.scores],
                _("Because of"): [_because(view, rank) for rank in range(len(ours.things))],
                _("Other methods"): [_too(view, int(i)) for i in ours.things],
            },
            column_config={
                "": st.column_config.NumberColumn(width=40),
                _("Other methods"): st.column_config.TextColumn(
                    help=_("How many of the simple methods suggest it too.")
                ),
                unit: st.column_config.ProgressColumn(
                    format="%.1f %%" if view.is_softmax else "%.3g",
                    min_value=0.0,
                    max_value=max(1e-9, 100 * most if view.is_softmax else most),
                    help=_(
                        "That the next choice is this thing, of all that are not chosen; high is "
                        "good."
                    )
                    if view.is_softmax
                    else _("What the run answers for this thing; high is good."),
                ),
            },
            hide_index=True,
            key="recommend.suggested",
            on_select="rerun",
            selection_mode="single-row",
            height=(len(ours.things) + 1) * _ROW_PX + 3,
        )
        st.caption(_("Choose a row to see which choices speak for it."))
    rows: list[int] = picked["selection"]["rows"]
    return rows[0] if rows and rows[0] < len(ours.things) else 0


def _because(view: RecommendContext, rank: int) -> str:
    """The two choices that speak most for a suggestion."""
    ours = view.ours
    if ours is None:
        return ""
    reasons = ours.reasons[rank]
    best = [i for i in (-reasons).argsort()[:2] if reasons[i] > 0]
    return ", ".join(view.thing(view.chosen[i]) for i in best) or "popularity"


def _too(view: RecommendContext, thing: int) -> str:
    """How many of the simple methods suggest a thing."""
    others = [suggested for name, suggested in view.by_method.items() if name != RUN]
    return _(
        "{others} of {n_others}",
        others=sum(thing in suggested.things for suggested in others),
        n_others=len(others),
    )


def _download(view: RecommendContext) -> None:
    methods = view.recommender.result.methods
    titled = {_(methods[name].title): suggested for name, suggested in view.by_method.items()}
    st.download_button(
        "CSV",
        lambda: suggestion_csv(view.recommender, view.chosen, titled).encode("utf-8-sig"),
        "suggestions.csv",
        "text/csv",
        key="recommend.csv",
        icon=":material/download:",
        on_click="ignore",
        help=_("What every method suggests, with the strongest reason."),
    )


def reasons_card(view: RecommendContext, rank: int) -> None:
    """How a suggestion's score changes as each choice is taken away."""
    ours = view.ours
    if ours is None or not len(ours.things):
        return
    with st.container(border=True, height="stretch", key="recommend.reasons_card"):
        st.markdown(
            _("**Which choices speak for {thing}**", thing=escape(view.thing(ours.things[rank])))
        )
        reasons = ours.reasons[rank]
        order = (-abs(reasons)).argsort()[:_N_REASONS]
        order = order[(-reasons[order]).argsort()]
        unit = _("nats (log-probability)") if view.is_softmax else "score"
        figure = reasons_figure(
            [view.thing(view.chosen[i]) for i in order],
            reasons[order],
            title=_("lost without the choice, {unit}", unit=unit),
        )
        st.plotly_chart(figure, key="recommend.reasons", width="stretch")
        left_out = len(reasons) - len(order)
        more = (
            ngettext(
                "{n:,} choice of less weight is not shown.",
                "{n:,} choices of less weight are not shown.",
                left_out,
            )
            if left_out
            else ""
        )
        st.caption(
            _(
                "Each choice is removed in turn. Right of 0: it speaks for the thing; left: "
                "against it. {more}",
                more=more,
            )
        )


def others_card(view: RecommendContext) -> None:
    """What simple methods suggest, side by side, and whether the run is any better."""
    result = view.recommender.result
    with st.container(border=True, key="recommend.others_card"):
        st.markdown(
            _("**Beside simple methods** &nbsp; {verdict}", verdict=escape(_(result.verdict)))
        )
        columns: dict[str, list[Any]] = {}
        for name, suggested in view.by_method.items():
            title = _(result.methods[name].title)
            columns[title] = [view.thing(i) for i in suggested.things]
        n = max((len(column) for column in columns.values()), default=0)
        ranks = {"": list(range(1, n + 1))}
        st.dataframe(
            ranks | {title: column + [""] * (n - len(column)) for title, column in columns.items()},
            column_config={"": st.column_config.NumberColumn(width=40)},
            hide_index=True,
            key="recommend.others",
            height=(n + 1) * _ROW_PX + 3,
        )
        for reason in result.left_out.values():
            st.caption(escape(_(reason)))
