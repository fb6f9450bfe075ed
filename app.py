"""The frame: page config and the list of pages, nothing else."""

import streamlit as st

from pages.ui import frame

st.set_page_config(page_title="Latent Lab", page_icon=str(frame.ASSETS / "mark.png"), layout="wide")
page = st.navigation(
    {
        "": [
            st.Page("pages/start.py", title="Start", icon=":material/home:", default=True),
            st.Page("pages/data.py", title="Data", icon=":material/photo_library:"),
            st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
        ],
        "Explore": [
            st.Page("pages/reconstruct.py", title="Reconstruct", icon=":material/compare:"),
            st.Page("pages/map.py", title="Map", icon=":material/scatter_plot:", url_path="map"),
            st.Page("pages/walk.py", title="Walk", icon=":material/directions_walk:"),
            st.Page("pages/units.py", title="Units", icon=":material/hub:"),
            st.Page("pages/compare.py", title="Compare", icon=":material/balance:"),
        ],
        "Use": [
            st.Page("pages/features.py", title="Features", icon=":material/category:"),
            st.Page("pages/search.py", title="Search", icon=":material/manage_search:"),
            st.Page("pages/anomalies.py", title="Anomalies", icon=":material/troubleshoot:"),
            st.Page("pages/similar.py", title="Similar", icon=":material/image_search:"),
            st.Page("pages/recommend.py", title="Recommend", icon=":material/shopping_basket:"),
            st.Page("pages/denoise.py", title="Denoise", icon=":material/cleaning_services:"),
            st.Page("pages/photos.py", title="Photos", icon=":material/photo_camera:"),
        ],
        "More": [st.Page("pages/jobs.py", title="Jobs", icon=":material/list_alt:")],
    },
    position="top",
)
frame.show(page)
