"""Pictures that the set holds twice, or almost."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.data.samples import SampleSet
from aecore.export.duplicates_table import as_csv
from aecore.figures.pictures import as_rgb
from aecore.studies.similar.duplicates import WITHIN
from pages.ui.gallery import comparison
from pages.ui.pager import pager
from pages.ui.similar.context import SimilarContext
from pages.ui.translation import _, ngettext

N_COLUMNS = 10


@st.fragment
def duplicates_card(seen: SimilarContext) -> None:
    """Pairs in columns, the nearest first, up to a difference that can be set."""
    with st.container(border=True, key="similar.duplicates_card"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.markdown(_("**Duplicates and near-duplicates**"), width="stretch")
            within = st.slider(
                _("Difference up to, %"),
                0.0,
                10.0,
                100 * WITHIN,
                0.5,
                key="similar.within",
                bind="query-params",
                width=240,
                help=_(
                    "Root mean squared difference of the values of two samples, in percent of "
                    "the full range; 0 is a copy."
                )
                if seen.samples.is_pictures
                else _(
                    "Root mean squared difference of two rows, in percent of the standard "
                    "deviation of each column; 0 is a copy."
                ),
            )
            found = seen.found.duplicates.within(within / 100)
            st.download_button(
                "CSV",
                lambda: as_csv(found, seen.samples),
                f"duplicates-{seen.found.spec.key}.csv",
                "text/csv",
                key="similar.csv",
                icon=":material/download:",
                on_click="ignore",
                disabled=not len(found.pairs),
            )
        n, n_copies = len(found.pairs), int((found.difference == 0).sum())
        if not n:
            st.markdown(
                _("No two {noun} differ by {within:.1f} % or less.", noun=seen.noun, within=within)
            )
            return
        leaks = n_across_parts(seen.samples, found.pairs)
        st.markdown(
            ngettext(
                "**{n:,} pair**, {n_copies:,} of them copies; {leaks:,} lie across "
                "training and held-out parts, where they make a model look better than it is.",
                "**{n:,} pairs**, {n_copies:,} of them copies; {leaks:,} lie across "
                "training and held-out parts, where they make a model look better than it is.",
                n,
                n_copies=n_copies,
                leaks=leaks,
            )
        )
        page = pager("similar", -(-n // N_COLUMNS)) if seen.samples.is_pictures else 1
        shown = slice((page - 1) * N_COLUMNS, page * N_COLUMNS)
        pairs, difference = found.pairs[shown], found.difference[shown]
        if not seen.samples.is_pictures:
            st.dataframe(
                {
                    _("One"): found.pairs[:, 0],
                    _("Other"): found.pairs[:, 1],
                    _("Difference, %"): 100 * found.difference,
                },
                hide_index=True,
                key="similar.pairs",
            )
            return
        comparison(
            {
                name: as_rgb(np.asarray(seen.samples.x[pairs[:, i]]))
                for i, name in enumerate((_("One"), _("Other")))
            },
            [
                f"#{one} · #{other} · {100 * each:.1f} %"
                for (one, other), each in zip(pairs.tolist(), difference, strict=True)
            ],
            key="similar.pairs",
            target_px=84,
        )


def n_across_parts(samples: SampleSet, pairs: np.ndarray) -> int:
    """Pairs of which one is trained on and the other held out."""
    is_train = np.isin(pairs, samples.parts["train"])
    return int((is_train[:, 0] != is_train[:, 1]).sum())
