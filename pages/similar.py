"""Which samples are most alike?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import backend, frame, pick_run
from pages.ui.translation import _

frame.title(_("Similar"), _("Which samples are most alike?"))

bar = st.container(horizontal=True, vertical_alignment="bottom", key="similar.bar")
artifact = pick_run.require("similar", bar)
pick_run.gate_no_data(artifact)

with st.spinner(_("Opening the model…")):
    from aecore.runs import open_run
    from pages.ui.similar import bits, context, duplicates, judgement, neighbours

    run = open_run(backend.store(), artifact.key)
    samples = open_samples(backend.store(), run.spec.data)

with bar:
    settings = context.ask(run)
pick_run.until_trained(artifact, run.epochs)
seen = context.prepared(run, samples, settings)

neighbours.panel(seen)
left, right = st.columns(2)
with left:
    judgement.judgement_card(seen)
with right:
    bits.bits_card(seen)
duplicates.duplicates_card(seen)
