"""What lies between two samples, and what does the model generate by itself?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import backend, frame, pick_run
from pages.ui.translation import _
from pages.ui.url_state import choice

PARTS = {
    "between": _("Between two"),
    "samples": _("New samples"),
    "sweep": _("Vary one dimension"),
    "plane": _("Latent plane"),
    "corners": _("Four corners"),
    "sums": _("Arithmetic"),
}

frame.title(
    _("Walk"), _("What lies between two samples, and what does the model generate by itself?")
)

bar = st.container(horizontal=True, vertical_alignment="bottom", key="walk.bar")
artifact = pick_run.require("walk", bar)
pick_run.gate_no_data(artifact)

with st.spinner(_("Opening the model…")):
    from aecore.runs import open_run
    from pages.ui.walk import arithmetic, between, grids, rows, samples, traversal
    from pages.ui.walk.context import WalkContext

    run = open_run(backend.store(), artifact.key)
    scene = WalkContext(run, open_samples(backend.store(), run.spec.data))

is_pictures = scene.samples.is_pictures
with bar:
    offered = PARTS if is_pictures else rows.PARTS
    part = choice(_("Walk"), offered, "walk.part", widget=st.segmented_control)
with st.container():  # what stands below keeps its place when the note goes
    pick_run.still_training(artifact, run.epochs)

if not is_pictures:
    rows.panel(scene, part)
else:
    {
        "between": between.panel,
        "samples": samples.panel,
        "sweep": traversal.panel,
        "plane": grids.plane,
        "corners": grids.square,
        "sums": arithmetic.panel,
    }[part](scene)
