"""Rows of a table and their reconstructions: the worst first, column by column, in own units."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.data.row_values import (
    column_names,
    column_values,
    errors_by_column,
    sum_by_column,
)
from aecore.figures.parallel import parallel_figure
from pages.ui import rows as rows_view
from pages.ui.reconstruct.view import ReconstructContext
from pages.ui.translation import _

N_LISTED = 500
_N_AXES, _N_LINES = 9, 400
_N_BLAMED = 3


@st.fragment
def panel(seen: ReconstructContext, places: np.ndarray) -> None:
    """The rows in the order of the page; the one that is chosen beside them; all columns below.

    Parameters
    ----------
    places
        In `seen.scores.rows`.
    """
    shown = places[:N_LISTED]
    rows = seen.scores.rows[shown]
    x = np.asarray(seen.samples.x[rows])
    x_hat = seen.run.reconstruct(x)
    errors = rows_view.row_errors(seen.samples, seen.run, x, x_hat)
    left, right = st.columns([7, 6], gap="medium")
    with left:
        st.markdown(_("**Rows** &nbsp; :gray[choose one to see it beside]"))
        event = st.dataframe(
            rows_view.blamed(seen.samples, rows, errors, _N_BLAMED),
            hide_index=True,
            height=400,
            key="reconstruct.rows",
            on_select="rerun",
            selection_mode="single-row",
            column_config={errors.title: rows_view.error_column(errors.totals, errors.title)},
        )
        chosen = event.selection.rows[0] if event.selection.rows else 0
    with right:
        st.markdown(
            _("**Row {rows}** &nbsp; :gray[columns with most error first]", rows=rows[chosen])
        )
        rows_view.by_column_table(
            seen.samples,
            seen.run,
            x[chosen],
            x_hat[chosen],
            key="reconstruct.columns",
            height_px=400,
        )
    if len(places) > N_LISTED:
        st.caption(
            _(
                "The first {n_listed} of {n_places:,} rows are listed.",
                n_listed=N_LISTED,
                n_places=len(places),
            )
        )
    _all_columns(seen, x, x_hat, errors, rows)


def _columns_beside(
    seen: ReconstructContext, x: np.ndarray, x_hat: np.ndarray
) -> tuple[np.ndarray, np.ndarray, str]:
    """Mean error of each column, the plain method's, and what that is called.

    Squared errors beside PCA; of counts nats, which PCA has none of, beside their frequencies.
    """
    samples, run = seen.samples, seen.run
    if run.model.has_softmax_output:
        plain = run.nats_of_mean(x, samples.mean_sample())
        if plain is None:
            raise TypeError("counts have a likelihood")
        ours = rows_view.row_errors(samples, run, x, x_hat).values
        return ours.mean(0), sum_by_column(samples, plain).mean(0), _("Frequencies")
    linear = errors_by_column(samples, x, seen.pca.reconstruct(x)).mean(0)
    return errors_by_column(samples, x, x_hat).mean(0), linear, f"PCA, {run.n_numbers}"


def _all_columns(
    seen: ReconstructContext,
    x: np.ndarray,
    x_hat: np.ndarray,
    errors: rows_view.RowErrors,
    rows: np.ndarray,
) -> None:
    """Every column's error beside PCA's, and the rows as lines over the worst of them."""
    mean, linear, plain = _columns_beside(seen, x, x_hat)
    order = np.argsort(-mean, kind="stable")
    names = column_names(seen.samples)
    top = [float(max(1.0, mean.max(), linear.max()))]
    left, right = st.columns([5, 8], gap="medium")
    with left:
        st.markdown(_("**Columns** &nbsp; :gray[mean error of these rows]"))
        st.dataframe(
            {
                _("Column"): [names[i] for i in order],
                _("This model"): mean[order],
                plain: linear[order],
            },
            hide_index=True,
            height=320,
            key="reconstruct.by_column",
            column_config={
                name: rows_view.error_column(top, name) for name in (_("This model"), plain)
            },
        )
    with right:
        st.markdown(
            _("**Parallel coordinates** &nbsp; :gray[drag along an axis to keep some rows]")
        )
        some = np.linspace(0, len(rows) - 1, min(len(rows), _N_LINES)).astype(int)
        axes = {
            names[i]: column_values(seen.samples, names[i], rows[some]) for i in order[:_N_AXES]
        }
        figure = parallel_figure(axes, errors.values.sum(1)[some], title=_("error of the row"))
        st.plotly_chart(figure, key="reconstruct.parallel", width="stretch")
    if seen.run.model.has_softmax_output:
        st.caption(
            _(
                "Errors are in nats for each thing of a row: -log of the probability that the "
                "model gave it. Beside it what guessing by how frequent each thing is costs."
            )
        )
        return
    st.caption(
        _(
            "Errors are squared, divided by the variance of the column, and added up over the "
            "words of a category: 1 is what guessing the mean costs on average. Values are in the "
            "table's own units."
        )
    )
