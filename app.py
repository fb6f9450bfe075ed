"""The frame: page config and the list of pages, nothing else."""

import streamlit as st

from pages.ui import frame
from pages.ui.translation import _

st.set_page_config(
    page_title=_("Latent Lab"), page_icon=str(frame.ASSETS / "mark.png"), layout="wide"
)
page = st.navigation(
    {
        "": [
            st.Page("pages/start.py", title=_("Start"), icon=":material/home:", default=True),
            st.Page("pages/data.py", title=_("Data"), icon=":material/photo_library:"),
            st.Page("pages/train.py", title=_("Train"), icon=":material/model_training:"),
        ],
        _("Explore"): [
            st.Page("pages/reconstruct.py", title=_("Reconstruct"), icon=":material/compare:"),
            st.Page("pages/map.py", title=_("Map"), icon=":material/scatter_plot:", url_path="map"),
            st.Page("pages/walk.py", title=_("Walk"), icon=":material/directions_walk:"),
            st.Page("pages/units.py", title=_("Units"), icon=":material/hub:"),
            st.Page("pages/compare.py", title=_("Compare"), icon=":material/balance:"),
        ],
        _("Use"): [
            st.Page("pages/features.py", title=_("Features"), icon=":material/category:"),
            st.Page("pages/search.py", title=_("Search"), icon=":material/manage_search:"),
            st.Page("pages/anomalies.py", title=_("Anomalies"), icon=":material/troubleshoot:"),
            st.Page("pages/similar.py", title=_("Similar"), icon=":material/image_search:"),
            st.Page("pages/recommend.py", title=_("Recommend"), icon=":material/shopping_basket:"),
            st.Page("pages/denoise.py", title=_("Denoise"), icon=":material/cleaning_services:"),
            st.Page("pages/photos.py", title=_("Photos"), icon=":material/photo_camera:"),
        ],
        _("More"): [st.Page("pages/jobs.py", title=_("Jobs"), icon=":material/list_alt:")],
    },
    position="top",
)
frame.show(page)
