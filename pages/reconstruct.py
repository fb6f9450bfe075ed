"""What does the model keep of a sample, and what does it lose?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import backend, frame, pick_run, session
from pages.ui.pick_part import pick_part
from pages.ui.samples import PART_NAMES, ask_class
from pages.ui.translation import _
from pages.ui.url_state import choice

frame.title(_("Reconstruct"), _("What does the model keep of a sample, and what does it lose?"))

bar = st.container(horizontal=True, vertical_alignment="bottom", key="reconstruct.bar")
artifact = pick_run.require("reconstruct", bar)
pick_run.gate_no_data(artifact)

with st.spinner(_("Opening the model…")):
    from aecore.runs import open_run
    from aecore.studies.evaluation import evaluation_of
    from pages.ui.reconstruct import rows, view

    run = open_run(backend.store(), artifact.key)
    samples = open_samples(backend.store(), run.spec.data)

with bar:
    part = pick_part("reconstruct", samples)
    order = choice(_("Order"), view.ORDERS, "reconstruct.order", width=150)
    name = ask_class("reconstruct.class", samples, width=140)
    n_columns = view.ask_n_columns(samples) if samples.is_pictures else 0

with st.container():  # what stands below keeps its place when the note goes
    pick_run.still_training(artifact, run.epochs)
if run.spec.corruption.kind != "none" and samples.is_pictures:
    with st.container(horizontal=True, vertical_alignment="center", key="reconstruct.clean"):
        st.caption(
            _(
                "This model was trained to restore corrupted pictures; here it gets uncorrupted "
                "ones. The page Denoise shows how it restores corrupted ones."
            ),
            width="content",
        )
        if st.button(_("Open Denoise"), key="reconstruct.denoise", icon=":material/blur_off:"):
            session.go_to("denoise")
with st.spinner(_("Scoring the reconstructions, and those of PCA…")):
    scores = evaluation_of(backend.store(), run, samples, part)
seen = view.ReconstructContext(run, samples, scores)
places = view.ordered(seen, order, name)
if not len(places):
    st.info(
        _("This part has no samples of this class. Choose another class or part."),
        icon=":material/info:",
    )
    st.stop()

if samples.is_pictures:
    view.wall(seen, places, n_columns)
else:
    rows.panel(seen, places)

left, right = st.columns(2)
with left:
    about = {"n": len(places), "part": _(PART_NAMES[part]).lower(), "name": name}
    view.score_card(
        seen,
        places,
        _("{n:,} samples, {part} part", **about)
        if name is None
        else _("{n:,} samples of class {name}, {part} part", **about),
    )
with right:
    view.histogram_card(seen, places)
if samples.is_pictures:
    view.through_the_model(seen)
