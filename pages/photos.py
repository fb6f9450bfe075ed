"""Can a photograph be cleaned, and what was made up on the way?"""

import streamlit as st

from pages.ui import (
    asked,
    frame,
    house,
    photos_bring,
    photos_doubt,
    photos_many,
    photos_repair,
    photos_view,
)

frame.title("Photos", "Can a photograph be cleaned, and what was made up on the way?")

with st.container(horizontal=True, vertical_alignment="bottom", key="photos.bar"):
    way = photos_bring.way()
    if way == photos_bring.SAMPLE:
        keys = photos_bring.sample()
    elif way == photos_bring.UPLOAD:
        photos_bring.ask_files()
    method = photos_many.ask_method()
    then = photos_repair.ask()
if way == photos_bring.CAMERA:
    photos_bring.ask_camera()
if way != photos_bring.SAMPLE:
    photos_bring.tell_problems()
    keys = photos_bring.brought()
if not keys:
    st.caption("Nothing is brought yet. A sample shows what comes of it.")
    st.stop()

specs = photos_many.specs_of(keys, photos_many.usable(method))
at = photos_bring.opened(keys)
shown = photos_many.shown_meanwhile(specs[at])
photos_doubt.turn_to(specs[at] if then == "nothing" else None)
if photos_many.finished(shown):
    seen = photos_view.Seen.of(house.store().artifact(shown.key))
    if then == "nothing":
        asked.instead(photos_repair.PLACE)
        photos_view.view(seen, photos_many.done(specs))
    else:
        photos_repair.repair(seen, then)
photos_many.strip(specs, at)
