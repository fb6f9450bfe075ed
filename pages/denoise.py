"""Can it tell the picture from the noise?"""

import streamlit as st

from aecore.data.ingest import open_samples
from pages.ui import denoise_training, frame, house, pick_run
from pages.ui.pick_part import pick_part

frame.title("Denoise", "Can it tell the picture from the noise?")

training = denoise_training.follow()
bar = st.container(horizontal=True, vertical_alignment="bottom", key="denoise.bar")
with bar:
    artifact = pick_run.pick("denoise")
if artifact is None or artifact.key == training:
    denoise_training.gate_no_run(training)
elif not pick_run.has_weights(artifact):
    pick_run.gate_no_epoch(artifact)
pick_run.gate_no_data(artifact)

with st.spinner("Opening the model…"):
    from aecore.runs import open_run
    from pages.ui import denoise_curve, denoise_own, denoise_seen, denoise_wall

    run = open_run(house.store(), artifact.key)
    samples = open_samples(house.store(), run.spec.data)

if not samples.is_pictures:
    st.info(
        "This run reads rows of a table; what is cleaned here are pictures. Choose another run.",
        icon=":material/info:",
    )
    st.stop()

with bar:
    part = pick_part("denoise", samples)
with st.container(horizontal=True, vertical_alignment="bottom", key="denoise.noise_bar"):
    noise = denoise_seen.ask_noise(run)
with bar:
    filters = denoise_seen.ask_filters(samples.shape, noise)

with st.container():  # what stands below keeps its place when the note goes
    pick_run.still_training(artifact, run.epochs)
if run.spec.corruption.kind == "none":
    denoise_training.offer(artifact, training)

seen = denoise_seen.Seen(
    run,
    samples,
    part,
    denoise_seen.pictures_of(samples, part),
    noise,
    denoise_seen.seed(),
    filters,
)
denoise_wall.wall(seen, denoise_wall.n_columns_of(samples.shape))
left, right = st.columns([2, 3])
with left:
    denoise_wall.score_card(seen)
with right:
    denoise_curve.curve_card(seen)
denoise_wall.words(seen)
denoise_own.through_the_model(seen)
