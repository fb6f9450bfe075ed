"""What does not belong?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import backend, frame, pick_run
from pages.ui.translation import _

frame.title(_("Anomalies"), _("What does not belong?"))

bar = st.container(horizontal=True, vertical_alignment="bottom", key="anomalies.bar")
artifact = pick_run.require("anomalies", bar)
pick_run.gate_no_data(artifact)

with st.spinner(_("Opening the model…")):
    from aecore.runs import open_run
    from pages.ui.anomalies import context, examples, own, rows, scores, wall

    run = open_run(backend.store(), artifact.key)
    samples = open_samples(backend.store(), run.spec.data)

with bar:
    normal = context.ask_normal(run, samples)
pick_run.until_trained(artifact, run.epochs)
found = context.oddness(run, normal)
with bar:
    seen = context.ask(run, samples, found)

wall.threshold_line(seen)
if samples.is_pictures:
    wall.wall(seen)
else:
    rows.wall(seen)
left, right = st.columns(2)
with left:
    scores.histogram_card(seen)
with right:
    scores.compare_card(seen)
scores.verdict_card(seen)
if samples.is_pictures:
    own.own_card(seen)
examples.examples_card()
