"""How far do these codes help when labels are few?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import backend, frame, pick_run
from pages.ui.pick_part import pick_part
from pages.ui.translation import _

frame.title(_("Features"), _("How far do these codes help when labels are few?"))

bar = st.container(horizontal=True, vertical_alignment="bottom", key="features.bar")
artifact = pick_run.require(
    "features", bar, _("how accurately its codes predict classes with few labels")
)
pick_run.gate_no_data(artifact)

with st.spinner(_("Opening the model…")):
    from aecore.runs import open_run
    from pages.ui.features import augmentation, clusters, columns, context, curves, table

    run = open_run(backend.store(), artifact.key)
    samples = open_samples(backend.store(), run.spec.data)

if not samples.is_pictures:
    columns.columns_card(run, samples)
parts = context.parts_with_labels(run, samples)
with bar:
    part = pick_part(
        "features",
        samples,
        _("Labels come from the training part; accuracy is measured on this part."),
        parts,
    )
pick_run.still_training(artifact, run.epochs)

seen = context.seen_features(run, samples, part)
left, right = st.columns([7, 6])
with left:
    curves.read_card(seen)
with right:
    curves.tuned_card(seen)
clusters.clusters_card(seen)
augmentation.new_card(seen)
table.table_card(seen)
