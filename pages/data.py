"""Which data shall the model learn from?"""

import streamlit as st

from aecore.data.ingest import lost_sides, open_samples, read_report
from pages.ui import backend, data_requests, frame, session
from pages.ui.data import chooser, table_form, view
from pages.ui.translation import _

frame.title(_("Data"), _("Which pictures, or rows of a table, shall the model learn from?"))

asked = session.chosen("data")
side, room = st.columns([3.3, 9], gap="medium")
if table_form.is_open():
    with side:
        chooser.chooser(asked.key if asked else None)
    with room:
        table_form.panel()
    st.stop()
with room, st.container():  # so that what stands below keeps its place, and a click on it its aim
    key = chooser.ready(asked)
with side:
    chooser.chooser(asked.key if asked else key)
if key is None:
    st.stop()

samples, report = open_samples(backend.store(), key), read_report(backend.store(), key)
with room:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        with st.container(gap="xxsmall"):
            view.headline(samples, report, data_requests.data_title(key))
        if st.button(
            _("Train on this"), key="data.train", type="primary", icon=":material/model_training:"
        ):
            session.choose("data", key)
            session.go_to("train")
        chooser.own_tools(key)
    view.wall(samples, key)

if not samples.is_pictures:
    view.columns_card(samples)
health, classes, parts = st.columns([5, 4, 4])
with health:
    view.health_card(report, lost_sides(backend.store(), key))
with classes:
    view.classes_card(report)
with parts:
    view.parts_card(samples)
