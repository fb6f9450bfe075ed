"""Which texts speak of the same?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import backend, frame, pick_run
from pages.ui.search import context
from pages.ui.translation import _

frame.title(_("Search"), _("Which texts speak of the same?"))

bar = st.container(horizontal=True, vertical_alignment="bottom", key="search.bar")
artifact = context.require_text_run(bar)
pick_run.gate_no_data(artifact)

with st.spinner(_("Opening the model…")):
    from aecore.runs import open_run
    from pages.ui.search import results, scores, topics

    run = open_run(backend.store(), artifact.key)
    samples = open_samples(backend.store(), run.spec.data)
seen = context.search_of(run, samples)

results.search_card(seen, bar)
left, right = st.columns(2)
with left:
    scores.methods_card(seen)
with right:
    scores.bits_card(seen)
topics.topics_card(seen)
