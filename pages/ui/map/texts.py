"""Selected texts: what they say, and the words that set them apart."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.data.sparse_rows import SparseRows
from pages.ui.map.context import MapContext
from pages.ui.markdown import escape
from pages.ui.rows import beginning
from pages.ui.translation import _

_N_SHOWN = 100
_N_WORDS = 12
_LONGEST = 3000


def panel(seen: MapContext, rows: np.ndarray) -> None:
    """One text as a whole; of several their words and how they begin."""
    samples = seen.samples
    if len(rows) == 1:
        height = 440 if samples.vocabulary is not None else 160  # its columns stand below
        with st.container(height=height, border=True, key="map.text"):
            st.markdown(escape(beginning(samples.texts[rows[0]], _LONGEST)))
        return
    words = _words(seen, rows)
    if words:
        st.markdown(_("**Their words** &nbsp; {words}", words=escape(", ".join(words))))
        st.caption(_("Words whose mean weight is furthest above that of all texts of the map."))
    st.dataframe(
        {"text": [beginning(samples.texts[row]) for row in rows[:_N_SHOWN]]},
        hide_index=True,
        key="map.texts",
        height=330 if samples.vocabulary is not None else 160,
    )
    if len(rows) > _N_SHOWN:
        st.caption(_("The first {n_shown} of them.", n_shown=_N_SHOWN))


def _words(seen: MapContext, rows: np.ndarray) -> list[str]:
    x = seen.samples.x
    if not isinstance(x, SparseRows):
        return []
    gain = x.mean(rows) - x.mean(seen.map.codes.rows)
    order = np.argsort(-gain, kind="stable")[:_N_WORDS]
    return [seen.samples.feature_names[i] for i in order if gain[i] > 0]
