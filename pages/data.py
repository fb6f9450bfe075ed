"""Which pictures shall the model learn from?"""

import streamlit as st

from aecore.data.ingest import lost_sides, open_samples, read_report
from pages.ui import backend, data_view, frame, pick_data, session

frame.title("Data", "Which pictures shall the model learn from?")

asked = session.chosen("data")
side, room = st.columns([3.3, 9], gap="medium")
with room, st.container():  # so that what stands below keeps its place, and a click on it its aim
    key = pick_data.ready(asked)
with side:
    pick_data.chooser(asked.key if asked else key)
if key is None:
    st.stop()

samples, report = open_samples(backend.store(), key), read_report(backend.store(), key)
with room:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        with st.container(gap="xxsmall"):
            data_view.headline(samples, report, pick_data.data_title(key))
        if st.button(
            "Train on this", key="data.train", type="primary", icon=":material/model_training:"
        ):
            session.choose("data", key)
            session.go_to("train")
    data_view.wall(samples, key)

health, classes, parts = st.columns([5, 4, 4])
with health:
    data_view.health_card(report, lost_sides(backend.store(), key))
with classes:
    data_view.classes_card(report)
with parts:
    data_view.parts_card(samples)
