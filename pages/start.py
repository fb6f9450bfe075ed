"""What is this, and what can be done here in a minute?"""

import streamlit as st

from aecore.data.sources import SOURCES
from aecore.recipes import recipe, title_of
from aecore.specs.data import DataSpec
from pages.ui import errors, frame, invitation, session
from pages.ui.backend import engine, store
from pages.ui.shipped_model import shipped_run, shipped_run_to_see
from pages.ui.start import import_run
from pages.ui.start.latent_plane import latent_plane, plane_of
from pages.ui.start.run_list import cards_of_session
from pages.ui.translation import _


def train_digits() -> None:
    """The first training of a newcomer: a VAE on the digits that ship."""
    with errors.shown():
        title = SOURCES["mnist-5k"].title
        data = store().create(DataSpec(), title=title)
        spec = recipe("vae").spec(data.key)
        about = {"title": title_of(spec), "recipe": "vae", "data_title": title}
        key = engine().submit(spec, session.session_id(), **about)
        session.remember(key)
        session.choose("run", key)
        session.choose("data", data.key)
        session.go_after("train")


frame.title(
    _("See what an autoencoder sees"),
    _("Compress pictures, tables or texts into a few numbers, and look inside."),
)


def open_shipped() -> None:
    """Look into the model that ships."""
    with errors.shown():
        session.choose("run", shipped_run().key)
        session.go_after("reconstruct")


with errors.shown():
    run = shipped_run_to_see()
    latent_plane(run, plane_of(run), key="start.pad")
    st.caption(
        _(
            "Every dot is a handwritten digit that a small pre-trained VAE encoded as two numbers, "
            "its latent dimensions. Move the pointer over the plane: each point is decoded into a "
            "picture in your browser, also where there is no digit."
        )
    )

with st.container(horizontal=True):
    st.button(
        _("Train a VAE on digits"),
        key="start.train",
        type="primary",
        icon=":material/play_arrow:",
        on_click=train_digits,
        help=_("5,000 handwritten digits, about ten seconds on two cores."),
    )
    if st.button(_("Import your own pictures"), key="start.own", icon=":material/upload:"):
        session.go_to("data")
    st.button(
        _("Open the pre-trained model"),
        key="start.open",
        icon=":material/compare:",
        on_click=open_shipped,
    )
    invitation.button()

st.markdown(_("#### Your runs"))
if session.remembered("run"):
    cards_of_session()
else:
    st.caption(_("The models you train appear here. This browser will find them again."))
import_run.ask()
