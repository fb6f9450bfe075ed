"""Which columns the code needs: of a run on rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from aecore.data.samples import PartName, SampleSet
from pages.ui import backend, errors
from pages.ui.translation import _, mark

if TYPE_CHECKING:
    from aecore.runs import OpenRun
    from aecore.studies.feature_selection import ColumnImportance


def columns_card(run: OpenRun, samples: SampleSet) -> None:
    """A list of the columns, those that are needed most first."""
    part: PartName = "test" if len(samples.parts["test"]) else "val"
    with st.container(border=True, key="features.columns_card"), errors.shown():
        st.markdown(_("**Which columns the code needs** &nbsp; :gray[error when each is shuffled]"))
        at = str(backend.store().artifact(run.key).path)
        found = _measured(f"{at} {run.epochs} {part}", run, samples, part)
        order = found.order
        table = {
            _("Column"): [found.names[i] for i in order],
            _("Its own error"): found.own[order],
            _("Error of the others"): found.others[order],
        }
        tops = {_("Its own error"): found.own, _("Error of the others"): found.others}
        if found.weight is not None:
            table[_("Weights")] = found.weight[order]
            tops[_("Weights")] = found.weight
        if found.label is not None:
            table[_("Label, from codes")] = 100 * found.label.drop[order]
            table[_("Label, from columns")] = 100 * found.label.raw_drop[order]
        st.dataframe(
            table,
            hide_index=True,
            key="features.columns",
            height=min(420, 38 + 35 * len(order)),
            column_config={
                name: st.column_config.ProgressColumn(
                    format="%.2f", min_value=0.0, max_value=float(max(1e-3, np.max(values)))
                )
                for name, values in tops.items()
            }
            | {
                name: st.column_config.NumberColumn(
                    format=_("%.1f points"),
                    help=_(
                        "Loss of balanced accuracy, in percentage points, where it is shuffled."
                    ),
                )
                for name in (_("Label, from codes"), _("Label, from columns"))
            },
        )
        st.caption(_words(found))


@st.cache_data(max_entries=8, show_spinner=mark("Shuffling column by column…"))
def _measured(what: str, _run: OpenRun, _samples: SampleSet, _part: PartName) -> ColumnImportance:
    """`what` names all that the answer depends on."""
    from aecore.studies.feature_selection import column_importance

    return column_importance(_run, _samples, _part)


def _words(found: ColumnImportance) -> str:
    words = _(
        "Each column is shuffled among the rows before it is encoded (Breiman 2001). Its own error "
        "grows where the code keeps it; the error of the others grows where they are told from it; "
        "where neither grows, the model does without. Errors are in variances. Weights: length of "
        "the first layer's weights on the column; in a sparse recipe small ones mean not needed."
    )
    if found.label is None:
        return _(
            "{words} No comparison by a label: {label_reason}",
            words=words,
            label_reason=found.label_reason,
        )
    return _(
        "{words} Label: balanced accuracy of logistic regression is "
        "{accuracy:.1f} % on the codes and {raw_accuracy:.1f} "
        "% on the columns themselves; what each loses (the latter by scikit-learn's permutation "
        "importance).",
        words=words,
        accuracy=100 * found.label.accuracy,
        raw_accuracy=100 * found.label.raw_accuracy,
    )
