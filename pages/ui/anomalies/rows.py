"""Rows of a table, the oddest first, with the columns that are to blame."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.metrics.anomaly import p_values
from aecore.studies.anomaly.methods import METHODS
from pages.ui import errors
from pages.ui import rows as rows_view
from pages.ui.anomalies.context import AnomalyContext
from pages.ui.anomalies.wall import WHICH, ordered
from pages.ui.markdown import escape
from pages.ui.translation import _
from pages.ui.url_state import choice

N_LISTED = 300
_N_BLAMED = 3


@st.fragment
def wall(seen: AnomalyContext) -> None:
    """A list of rows, and the one that is chosen column by column."""
    with st.container(border=True, key="anomalies.rows_card"), errors.shown():
        offered = WHICH if seen.found.has_both else {k: WHICH[k] for k in ("all", "usual")}
        which = choice(
            _("Which"), offered, "anomalies.which", width=190, label_visibility="collapsed"
        )
        places = ordered(seen, which)[:N_LISTED]
        if not len(places):
            st.info(_("There is none."), icon=":material/check:")
            return
        rows = seen.found.rows[places]
        x = np.asarray(seen.samples.x[rows])
        x_hat = seen.run.reconstruct(x)
        by_column = rows_view.row_errors(seen.samples, seen.run, x, x_hat)
        found = rows_view.blamed(seen.samples, rows, by_column, _N_BLAMED)
        found[_("Score")] = seen.scores[places].tolist()
        found[_("Alarm")] = seen.is_alarm[places].tolist()
        found[_("Normal rows as odd")] = (
            100 * p_values(seen.found.held_out[seen.name], seen.scores[places])
        ).tolist()
        left, right = st.columns([7, 6], gap="medium")
        with left:
            event = st.dataframe(
                found,
                hide_index=True,
                height=400,
                # Another list has other rows in its lines: a selection does not outlive its list.
                key=f"anomalies.rows-{seen.found.spec.key}-{seen.name}-{which}",
                on_select="rerun",
                selection_mode="single-row",
                column_order=[
                    _("Row"),
                    _("Class"),
                    _("Score"),
                    _("Alarm"),
                    _("Normal rows as odd"),
                    _("Most in"),
                    by_column.title,
                ],
                column_config={
                    _("Score"): st.column_config.NumberColumn(
                        format="%.4g",
                        help=_("{title}; high is odd.", title=escape(_(METHODS[seen.name].title))),
                    ),
                    by_column.title: rows_view.error_column(by_column.totals, by_column.title),
                    _("Normal rows as odd"): st.column_config.NumberColumn(
                        format="%.1f %%",
                        help=_(
                            "Share of held-out normal rows that are at least as odd; the fewer, "
                            "the surer."
                        ),
                    ),
                    _("Most in"): st.column_config.TextColumn(
                        help=_("Columns with the largest reconstruction errors.")
                    ),
                },
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
                key="anomalies.columns",
                height_px=362,
            )
        st.caption(
            _(
                "The score says how odd a row is; its reconstruction errors say in which columns: "
                "what the model expects there, from all the others, stands under Reconstruction."
            )
        )
