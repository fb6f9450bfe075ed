"""What drives a unit of a model of rows: its columns, and the rows that it responds to."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.data.row_values import feature_names
from pages.ui import rows as rows_view
from pages.ui.translation import _
from pages.ui.units.context import UnitsContext

_N_EACH = 8


def correlations(x: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Pearson correlation of each feature `(n, F)` with an activation `(n,)`; 0 of constants.

    `(F,)`, from -1 to 1.
    """
    x, answers = x - x.mean(0, dtype=np.float64), answers - answers.mean(dtype=np.float64)
    scale = np.sqrt((x**2).sum(0) * (answers**2).sum())
    found: np.ndarray = (x * answers[:, None]).sum(0) / np.where(scale > 0, scale, 1.0)
    return np.where(scale > 0, found, 0.0)


def drivers(seen: UnitsContext, unit: int) -> None:
    """Features by how closely the activation follows them."""
    x = np.asarray(seen.samples.x[seen.rows])
    found = correlations(x, seen.units.answers[:, unit])
    order = np.argsort(-np.abs(found), kind="stable")
    names = feature_names(seen.samples)
    st.markdown(_("**Columns that drive it** &nbsp; :gray[correlation with the activation]"))
    st.dataframe(
        {
            _("Feature"): [names[i] for i in order],
            _("Correlation"): found[order],
            _("Strength"): np.abs(found[order]),
        },
        hide_index=True,
        height=260,
        key="units.drivers",
        column_config={
            _("Correlation"): st.column_config.NumberColumn(format="%.2f"),
            _("Strength"): st.column_config.ProgressColumn(
                format="%.2f", min_value=0.0, max_value=1.0, help=_("0 to 1, without the sign.")
            ),
        },
    )


def examples(seen: UnitsContext, unit: int) -> None:
    """The rows with the highest and the lowest activation, across the page."""
    for title, places in (
        (_("Highest activation"), seen.units.most(unit, _N_EACH)),
        (_("Lowest activation"), seen.units.least(unit, _N_EACH)),
    ):
        st.markdown(f"**{title}**")
        rows = seen.rows[places]
        found = rows_view.values(seen.samples, rows)
        activation = [float(value) for value in seen.units.answers[places, unit]]
        st.dataframe(
            {"activation": activation, **found},
            hide_index=True,
            height=38 + 35 * len(rows),
            key=f"units.{title.partition(' ')[0].lower()}",
        )
