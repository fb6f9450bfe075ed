"""How far do these codes help when labels are few?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import frame, house, pick_run
from pages.ui.pick_part import pick_part

frame.title("Features", "How far do these codes help when labels are few?")

bar = st.container(horizontal=True, vertical_alignment="bottom", key="features.bar")
with bar:
    artifact = pick_run.pick("features")
if artifact is None:
    pick_run.gate_no_run("how well classes are told by its codes, with few labels,")
elif not pick_run.has_weights(artifact):
    pick_run.gate_no_epoch(artifact)
pick_run.gate_no_data(artifact)

with st.spinner("Opening the model…"):
    from aecore.runs import open_run
    from pages.ui import (
        features_clusters,
        features_curves,
        features_new,
        features_seen,
        features_table,
    )

    run = open_run(house.store(), artifact.key)
    samples = open_samples(house.store(), run.spec.data)

parts = features_seen.parts_with_labels(run, samples)
with bar:
    part = pick_part(
        "features", samples, "Labels are drawn from the training part; these are told.", parts
    )
pick_run.still_training(artifact, run.epochs)

seen = features_seen.seen_features(run, samples, part)
left, right = st.columns([7, 6])
with left:
    features_curves.read_card(seen)
with right:
    features_curves.tuned_card(seen)
features_clusters.clusters_card(seen)
features_new.new_card(seen)
features_table.table_card(seen)
