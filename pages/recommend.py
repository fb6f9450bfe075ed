"""What else would somebody like?"""

import streamlit as st

from pages.ui import frame
from pages.ui.translation import _

frame.title(_("Recommend"), _("What else would somebody like who chose this?"))

bar = st.container(horizontal=True, vertical_alignment="bottom", key="recommend.bar")
with st.spinner(_("Opening the model…")):
    from aecore.data.ingest import open_samples
    from aecore.runs import open_run
    from pages.ui import backend
    from pages.ui.recommend import choose, context, scores, suggestions, things_map

artifact = context.require(bar)
run = open_run(backend.store(), artifact.key)
samples = open_samples(backend.store(), run.spec.data)
recommender = context.recommender_of(run, samples)
with bar:
    view = choose.ask(recommender)

choose.chosen_line(view)
left, right = st.columns([7, 5])
with left:
    shown = suggestions.table_card(view)
with right:
    suggestions.reasons_card(view, shown)
suggestions.others_card(view)
left, right = st.columns(2)
with left:
    scores.scores_card(view)
with right:
    things_map.map_card(view)
