"""What lies between two pictures, and what does the model make up by itself?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import backend, frame, pick_run
from pages.ui.url_state import choice

PARTS = {
    "between": "Between two",
    "samples": "New samples",
    "sweep": "One number at a time",
    "plane": "The whole plane",
    "corners": "Four corners",
    "sums": "Arithmetic",
}

frame.title("Walk", "What lies between two pictures, and what does the model make up by itself?")

bar = st.container(horizontal=True, vertical_alignment="bottom", key="walk.bar")
artifact = pick_run.require("walk", bar)
pick_run.gate_no_data(artifact)

with st.spinner("Opening the model…"):
    from aecore.runs import open_run
    from pages.ui.walk import arithmetic, between, grids, samples, traversal
    from pages.ui.walk.context import Scene

    run = open_run(backend.store(), artifact.key)
    scene = Scene(run, open_samples(backend.store(), run.spec.data))

with bar:
    part = choice("Walk", PARTS, "walk.part", widget=st.segmented_control)
with st.container():  # what stands below keeps its place when the note goes
    pick_run.still_training(artifact, run.epochs)

if not scene.samples.is_pictures:
    st.info(
        "This run reads rows of a table. Walks between pictures, grids, sums and new samples are "
        "looked at, so they need a run on pictures; what each number carries can be told of rows "
        "as well.",
        icon=":material/table:",
    )
    traversal.table(scene)
else:
    {
        "between": between.panel,
        "samples": samples.panel,
        "sweep": traversal.panel,
        "plane": grids.plane,
        "corners": grids.square,
        "sums": arithmetic.panel,
    }[part](scene)
