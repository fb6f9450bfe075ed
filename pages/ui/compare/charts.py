"""One score as dots with whiskers, accuracy over the number of labels, and what codes are like."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures.score_dots import Dot, dots_figure, labels_figure
from aecore.metrics.catalogue import MetricInfo
from aecore.metrics.features import N_LABELS
from pages.ui.compare.scores import Table
from pages.ui.compare.wall import CompareContext
from pages.ui.markdown import escape
from pages.ui.translation import _, mark
from pages.ui.url_state import choice

_METHODS = {"probe": mark("Linear probe"), "knn": mark("Nearest neighbours")}


def charts(table: Table) -> None:
    """Dots for one score, and beside them the curve over labels where there are any."""
    has_labels = any(table.row(f"probe_{n}") for n in N_LABELS)
    left, right = st.columns(2) if has_labels else (st.container(), None)
    with left:
        _dots_card(table)
    if right is not None:
        with right:
            _labels_card(table)


@st.fragment
def _dots_card(table: Table) -> None:
    with st.container(border=True, height="stretch"):
        titles = {row.about.name: row.about.title for row in table.rows}
        name = choice(_("Score"), titles, "compare.score", label_visibility="collapsed")
        row = table.row(name)
        if row is None:
            return
        about = row.about
        factor = 100 if about.unit == "%" else 1
        dots = []
        for column, is_run, cell in zip(table.names, table.is_run, row.cells, strict=True):
            if cell.value is None:
                continue
            own = cell.interval
            low, high = (own.low, own.high) if own else (cell.value, cell.value)
            dots.append(Dot(column, factor * cell.value, factor * low, factor * high, not is_run))
        figure = dots_figure(
            dots, title=_axis(about), reference=table.names[table.reference], say=_
        )
        st.plotly_chart(figure, key="compare.dots", width="stretch")
        n = next((cell.interval.n for cell in row.cells if cell.interval), 0)
        rest = (
            _(
                "Whiskers: 99 % bootstrap interval of the mean over {n:,} samples. Whiskers may "
                "overlap although the difference is significant: the test compares sample by "
                "sample, and hard samples are hard for both.",
                n=n,
            )
            if n
            else _("Computed on the whole set: no interval, no significance test.")
        )
        st.caption(f"{_(about.words)} {rest}")


def _axis(about: MetricInfo) -> str:
    end = {"low": _("lower is better"), "high": _("higher is better"), "": _("no better end")}
    unit = f", {about.unit}" if about.unit else ""
    return f"{_(about.title)}{unit} ({end[about.better]})"


@st.fragment
def _labels_card(table: Table) -> None:
    with st.container(border=True, height="stretch"):
        method = choice(
            _("Method"),
            _METHODS,
            "compare.method",
            widget=st.segmented_control,
            label_visibility="collapsed",
        )
        n_labels = [n for n in N_LABELS if table.row(f"{method}_{n}")]
        accuracy: dict[str, np.ndarray] = {}
        for name, column in zip(table.names, table.columns, strict=True):
            values = [column.value(f"{method}_{n}") for n in n_labels]
            if any(value is not None for value in values):
                accuracy[name] = np.array([np.nan if v is None else v for v in values])
        figure = labels_figure(
            n_labels,
            accuracy,
            yardsticks=[
                n for n, is_run in zip(table.names, table.is_run, strict=True) if not is_run
            ],
            title=_("accuracy (higher is better)"),
            say=_,
        )
        st.plotly_chart(figure, key="compare.labels", width="stretch")
        st.caption(
            _(
                "Codes as features: accuracy on test samples against the number of labelled "
                "training samples. Mean over three draws of labels, the same for all."
            )
        )


def words(seen: CompareContext, table: Table) -> None:
    """What codes are like, what could not be scored, and how to read the verdicts."""
    lines = [
        _(
            "**{label}**: {verdict} In total {kl:.1f} nats per sample.",
            label=escape(chosen.label),
            verdict=_(scores.posterior.verdict),
            kl=scores.posterior.kl.sum(),
        )
        for chosen, scores in zip(seen.chosen, table.scores, strict=True)
        if scores.posterior is not None
    ]
    if lines:
        with st.container(border=True):
            st.markdown("\n\n".join((_("**Gaussian codes**"), *lines)))
    reasons = {_(words) for scores in table.scores for words in scores.left_out.values()}
    how = [
        _(
            "Significant: the 99 % interval of the difference from the reference, sample by "
            "sample, excludes zero. About 1 in 100 comparisons without a true difference will "
            "look significant. Intervals account for the choice of samples, not for training "
            "again with another seed."
        ),
        *(_("Not for all: {reason}", reason=escape(reason)) for reason in sorted(reasons)),
    ]
    st.caption(" ".join(how))
    n_values = int(np.prod(seen.samples.shape))
    if any(n >= n_values for n in seen.components):
        st.caption(
            _(
                "PCA with as many components as a sample has values loses nothing, so it is not a "
                "useful baseline."
            )
        )
