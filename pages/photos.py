"""Can a photograph be cleaned, and what was invented on the way?"""

import streamlit as st

from pages.ui import backend, frame, job_requests
from pages.ui.photos import batch, repair, source, uncertainty, view
from pages.ui.translation import _

frame.title(_("Photos"), _("Can a photograph be cleaned, and what was invented on the way?"))

with st.container(horizontal=True, vertical_alignment="bottom", key="photos.bar"):
    way = source.way()
    if way == source.SAMPLE:
        keys = source.sample()
    elif way == source.UPLOAD:
        source.ask_files()
    method = batch.ask_method()
    then = repair.ask()
if way == source.CAMERA:
    source.ask_camera()
if way != source.SAMPLE:
    source.tell_problems()
    keys = source.brought()
if not keys:
    st.caption(_("No photograph yet. Try a sample to see a result."))
    st.stop()

specs = batch.specs_of(keys, batch.usable(method))
at = source.opened(keys)
shown = batch.shown_meanwhile(specs[at])
uncertainty.turn_to(specs[at] if then == "nothing" else None)
if batch.finished(shown):
    seen = view.PhotoContext.of(backend.store().artifact(shown.key))
    if then == "nothing":
        job_requests.replace_request(repair.PLACE)
        view.view(seen, batch.done(specs))
    else:
        repair.repair(seen, then)
batch.strip(specs, at)
if way != source.SAMPLE:
    source.own_tools(keys[at])
