"""Topics as lists of words: of the code, and of LSA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages.ui.markdown import escape
from pages.ui.search.context import SearchContext
from pages.ui.translation import _

if TYPE_CHECKING:
    from aecore.studies.topics import Topic

_N_SHOWN = 10


def topics_card(seen: SearchContext) -> None:
    """The words that directions of the code drive, beside those of LSA's dimensions."""
    from aecore.studies.topics import mean_coherence

    ours, theirs = seen.study.topics, seen.study.lsa_topics
    with st.container(border=True, key="search.topics"):
        st.markdown(_("**Topics** &nbsp; :gray[words that a direction of the code drives]"))
        left, right = st.columns(2)
        with left:
            st.markdown(
                _(
                    "Code &nbsp; :gray[mean coherence {mean_coherence:.2f}]",
                    mean_coherence=mean_coherence(ours),
                )
            )
            _table(ours, "search.topics_code")
        with right:
            st.markdown(
                _(
                    "LSA &nbsp; :gray[mean coherence {mean_coherence:.2f}]",
                    mean_coherence=mean_coherence(theirs),
                )
            )
            _table(theirs, "search.topics_lsa")
        better = mean_coherence(ours) > mean_coherence(theirs)
        words = (
            _(
                "Coherence is the mean NPMI of a topic's words, from −1 to 1: high where they "
                "stand in the same texts."
            ),
            "" if better else _("LSA's topics are as coherent as the code's here."),
            _(
                "Of the code: 20 independent directions (FastICA), the mean code moved along each "
                "and decoded. Of LSA: both ends of its first dimensions."
            ),
        )
        st.caption(" ".join(filter(None, words)))


def _table(topics: Sequence[Topic], key: str) -> None:
    if not topics:
        st.caption(_("No direction drives two words or more."))
        return
    lines = "\n".join(
        f"| {topic.coherence:.2f} | {escape(', '.join(topic.words[:8]))} |"
        for topic in topics[:_N_SHOWN]
    )
    with st.container(key=key):
        st.markdown(_("| coherence ↑ | words |\n| ---: | --- |\n{lines}", lines=lines))
