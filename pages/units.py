"""What does each unit respond to?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import backend, frame, pick_run
from pages.ui.pick_part import pick_part
from pages.ui.translation import _

frame.title(_("Units"), _("What does each unit respond to?"))

bar = st.container(horizontal=True, vertical_alignment="bottom", key="units.bar")
artifact = pick_run.require("units", bar)
pick_run.gate_no_data(artifact)

with st.spinner(_("Opening the model…")):
    from aecore.runs import open_run
    from pages.ui.units import context, overview, rows, unit

    run = open_run(backend.store(), artifact.key)
    samples = open_samples(backend.store(), run.spec.data)

with bar:
    layer = context.pick_layer(run)
    part = pick_part(
        "units", samples, _("The samples that the units get as input: at most 1,000 of this part.")
    )
pick_run.still_training(artifact, run.epochs)
with st.spinner(_("Computing the activation of every unit…")):
    seen = context.seen_units(run, samples, layer, part)

overview.told(seen)
left, right = st.columns([7, 5], gap="large")
with left:
    overview.gallery_of_units(seen)
with right:
    unit.panel(seen)
if not samples.is_pictures:
    rows.examples(seen, context.unit_of(seen))
overview.words(seen)
