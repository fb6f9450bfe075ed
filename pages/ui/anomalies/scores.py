"""How scores are spread, which tells best, and what a threshold catches and costs."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from aecore.figures.anomaly_histogram import oddness_figure
from aecore.figures.score_dots import Dot, dots_figure
from aecore.metrics.anomaly import best_f1, least_cost, verdicts
from aecore.studies.anomaly.methods import METHODS
from pages.ui import errors
from pages.ui.anomalies.context import AnomalyContext
from pages.ui.markdown import escape
from pages.ui.score import Score, metric
from pages.ui.translation import _


def histogram_card(seen: AnomalyContext) -> None:
    """Held-out normal samples and what is judged, with the line between."""
    with st.container(border=True, height="stretch", key="anomalies.histogram_card"):
        method = METHODS[seen.name]
        st.markdown(
            _(
                "**{title}** &nbsp; :gray[{reach}; high is odd]",
                title=escape(_(method.title)),
                reach=escape(_(method.reach)),
            )
        )
        groups = {_("held-out normal"): seen.found.held_out[seen.name]}
        normal, odd = seen.known
        if seen.found.has_both:
            groups |= {_("test, normal"): normal, _("test, anomalies"): odd}
        else:
            groups[_("test")] = seen.scores
        figure = oddness_figure(groups, seen.line.value, title=_(method.title), say=_)
        st.plotly_chart(figure, key="anomalies.histogram", width="stretch")
        st.caption(
            _(
                "Right of the line is an alarm. "
                "Paper: {reference}. Each group is drawn "
                "to the same area.",
                reference=escape(method.reference),
            )
        )


def compare_card(seen: AnomalyContext) -> None:
    """Every score with its AUROC, simple ones in grey; why there is none, where there is none."""
    with st.container(border=True, height="stretch", key="anomalies.compare_card"):
        st.markdown(_("**Which score tells best**"))
        if not seen.found.has_both:
            st.markdown(_(seen.found.why_no_auroc))
            return
        areas = {name: seen.found.auroc(name) for name in seen.found.scores}
        order = sorted(areas, key=lambda name: -areas[name].mean)
        dots = [
            Dot(
                _(METHODS[name].title),
                areas[name].mean,
                areas[name].low,
                areas[name].high,
                is_yardstick=METHODS[name].is_baseline,
            )
            for name in order
        ]
        figure = dots_figure(
            dots, title=_("AUROC (0.5 is chance, 1 is best)"), height_px=440, say=_
        )
        figure.add_vline(x=0.5, line={"color": "#7A8288", "width": 1, "dash": "dot"})
        st.plotly_chart(figure, key="anomalies.dots", width="stretch")
        best = order[0]
        words = (
            _("A simple score tells better than any of the model's: the model adds nothing here.")
            if METHODS[best].is_baseline
            else _("Grey: scores that ask nothing of the model.")
        )
        st.caption(
            _(
                "{words} Whiskers: 99 % intervals. The best of so many, chosen on these anomalies, "
                "looks a little better than it will on others.",
                words=words,
            )
        )


def verdict_card(seen: AnomalyContext) -> None:
    """What the threshold makes of known anomalies; how many alarms a day to expect."""
    with st.container(border=True, key="anomalies.verdicts"), errors.shown():
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.markdown(_("**At this threshold**"), width="stretch")
            n_day = st.number_input(
                _("Samples a day"), 1, 10_000_000, 1000, key="anomalies.day", width=150
            )
            share = st.number_input(
                _("Anomalies among them, %"), 0.0, 100.0, 1.0, key="anomalies.share", width=190
            )
            price = st.number_input(
                _("A miss costs so many false alarms"),
                0.1,
                1e6,
                20.0,
                key="anomalies.price",
                width=250,
            )
        n_false = n_day * (1 - share / 100) * seen.line.rate
        if not seen.found.has_both:
            st.markdown(_("Expect up to **{n_false:,.1f} false alarms a day**.", n_false=n_false))
            return
        normal, odd = seen.known
        judged = verdicts(normal, odd, seen.line.value)
        low, high = seen.line.expected(len(normal))
        n_right = n_day * share / 100 * judged.recall
        for column, score in zip(
            st.columns(4),
            (
                Score(_("Caught"), judged.recall * 100, _("% of anomalies"), "high"),
                Score(_("Right alarms"), _percent(judged.precision), "%", "high"),
                Score(_("False alarms"), judged.false_alarm_rate * 1000, _("per thousand"), "low"),
                Score("F1", judged.f1, "", "high"),
            ),
            strict=True,
        ):
            with column:
                metric(score)
        st.markdown(
            _(
                "| | alarm | no alarm |\n| --- | ---: | ---: |\n"
                "| anomaly | {n_caught:,} | {n_missed:,} |\n"
                "| normal | {n_false:,} | {n_quiet:,} |",
                n_caught=judged.n_caught,
                n_missed=judged.n_missed,
                n_false=judged.n_false,
                n_quiet=judged.n_quiet,
            )
        )
        cost = {"of_miss": float(price), "of_false_alarm": 1.0, "share": share / 100}
        cheapest, f1 = least_cost(normal, odd, **cost), best_f1(normal, odd)
        st.markdown(
            _(
                "Of {n_normal:,} normal test {nouns} {n_false:,} raised an alarm; what was "
                "promised allows {low:,} to {high:,}. Expect a day up to "
                "**{n_false_a_day:,.1f} false alarms** and **{n_right_a_day:,.1f} right ones**.",
                n_normal=len(normal),
                nouns=seen.nouns,
                n_false=judged.n_false,
                low=low,
                high=high,
                n_false_a_day=n_false,
                n_right_a_day=n_right,
            )
        )
        st.caption(
            _(
                "In hindsight the best F1 is {f1:.3f}, at {threshold:.4g}. A sample costs "
                "{cost:.3g} false alarms on average here; at "
                "{cheapest_threshold:.4g} it would cost least, {least_cost:.3g}. Right alarms "
                "depend on how many of the test samples are anomalies: "
                "{n_odd:.0f} % here.",
                f1=f1.value,
                threshold=f1.threshold,
                cost=judged.cost(**cost),
                cheapest_threshold=cheapest.threshold,
                least_cost=cheapest.value,
                n_odd=100 * len(odd) / (len(odd) + len(normal)),
            )
        )


def _percent(share: float) -> float | None:
    return None if math.isnan(share) else float(np.round(100 * share, 6))
