"""Can it tell the picture from the noise?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import backend, frame, pick_run
from pages.ui.denoise import training as denoise_training
from pages.ui.pick_part import pick_part
from pages.ui.translation import _

frame.title(_("Denoise"), _("Can it tell the picture from the noise?"))

training = denoise_training.follow()
bar = st.container(horizontal=True, vertical_alignment="bottom", key="denoise.bar")
with bar:
    artifact = pick_run.pick("denoise")
if artifact is None or artifact.key == training:
    denoise_training.gate_no_run(training)
elif not pick_run.has_weights(artifact):
    pick_run.gate_no_epoch(artifact)
pick_run.gate_no_data(artifact)

with st.spinner(_("Opening the model…")):
    from aecore.runs import open_run
    from pages.ui.denoise import context, curve, own_picture, wall

    run = open_run(backend.store(), artifact.key)
    samples = open_samples(backend.store(), run.spec.data)

if not samples.is_pictures:
    st.info(
        _(
            "This run was trained on rows of a table; only pictures are denoised. Choose another "
            "run."
        ),
        icon=":material/info:",
    )
    st.stop()

with bar:
    part = pick_part("denoise", samples)
with st.container(horizontal=True, vertical_alignment="bottom", key="denoise.noise_bar"):
    noise = context.ask_noise(run)
with bar:
    filters = context.ask_filters(samples.shape, noise)

with st.container():  # what stands below keeps its place when the note goes
    pick_run.still_training(artifact, run.epochs)
if run.spec.corruption.kind == "none":
    denoise_training.offer(artifact, training)

seen = context.DenoiseContext(
    run,
    samples,
    part,
    context.pictures_of(samples, part),
    noise,
    context.seed(),
    filters,
)
wall.wall(seen, wall.n_columns_of(samples.shape))
left, right = st.columns([2, 3])
with left:
    wall.score_card(seen)
with right:
    curve.curve_card(seen)
wall.words(seen)
own_picture.through_the_model(seen)
