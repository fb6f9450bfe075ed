"""A person's own picture: normal or not, how sure, where."""

from __future__ import annotations

import streamlit as st

from aecore.metrics.anomaly import p_values
from aecore.studies.anomaly import heat
from aecore.studies.anomaly.view import View
from pages.ui import errors, own_picture
from pages.ui.anomalies.context import AnomalyContext, scorer
from pages.ui.anomalies.wall import percent, strips
from pages.ui.gallery import gallery
from pages.ui.translation import _


@st.fragment
def own_card(seen: AnomalyContext) -> None:
    """Import a picture; its verdict beside it."""
    st.subheader(_("Does your own picture belong?"), anchor=False)
    left, right = st.columns([4, 8], gap="large")
    with left:
        own = own_picture.ask("anomalies", seen.run.shape, framing=seen.run.frame.framing)
    with right:
        if own is None:
            st.caption(
                _(
                    "It is cut to its middle and made as small as the pictures the model knows. "
                    "Try one that is like them, and one that is not at all."
                )
            )
            return
        with errors.shown():
            x = own[None]
            score = scorer(seen)(View(seen.run, x))
            p = float(p_values(seen.found.held_out[seen.name], score)[0])
            is_odd = float(score[0]) > seen.line.value
            st.markdown(
                _(
                    "### {verdict}\n"
                    "Its score is **{score:.4g}**, the threshold {threshold:.4g}: "
                    "{percent} of normal pictures look at least as odd.",
                    verdict=_("It does not belong") if is_odd else _("It belongs"),
                    score=score[0],
                    threshold=seen.line.value,
                    percent=percent(p),
                )
            )
            shown = strips(seen, x, heat.DEFAULT)
            for i, (column, name) in enumerate(zip(st.columns(4), shown, strict=True)):
                with column:
                    gallery(shown[name], [name], key=f"anomalies.own_{i}", target_px=168)
