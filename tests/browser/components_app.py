"""A page of the test's own with every component, and buttons that make them change."""

import numpy as np
import streamlit as st

from aecore.figures.curves import Curve
from aecore.specs.codes import GaussianCodeSpec
from pages.ui import frame
from pages.ui.components import component
from pages.ui.gallery import comparison, gallery
from pages.ui.train import codes_view, loss_chart
from pages.ui.train.network import network_view

st.set_page_config(layout="wide")


def page() -> None:
    """One page in the real frame, so that the theme and the session are there too."""
    frame.title("Kit", "Do all parts stand?")
    n = st.session_state.setdefault("n", 4)
    if st.button("Longer"):
        n = st.session_state.n = n + 4
    x, whole = np.linspace(0.1, n, 100 * n), np.arange(1, n + 1)
    curves = [
        Curve("mse", x, 1 / x),
        Curve("mse", whole, 1.5 / whole, "val"),
        Curve("kl", x, 20 + np.sin(x)),
    ]
    chart = loss_chart.message(curves, run="one", marks=(), log=False, height_px=320)
    component("loss_chart")(key="loss", data=chart)
    angles = np.linspace(0, 6, 300)
    xy = np.stack([n * np.cos(angles), np.sin(angles)], axis=1)
    names = ["cat", "dog", "<b>eel</b>"]
    codes = codes_view.message(xy, np.arange(300) % 3, names, run="one", rev=n, height_px=320)
    component("codes_view")(key="codes", data=codes)

    pictures = np.zeros((6, 1, 8, 8), np.uint8)
    pictures[2, 0, 0, 0] = 255
    comparison({"Original": pictures, "Error": pictures}, [f"#{i}" for i in range(6)], key="rows")
    picked = gallery(
        pictures, [f"<img src=x onerror=alert({i})>" for i in range(6)], key="gal", clickable=True
    )
    st.markdown(f"picked: {picked}")

    from aecore.models.plan import plan
    from aecore.specs.run import NetworkSpec

    widths = (4096, 2048, 1024, 1000, 500, 250, 120, 64)
    laid = plan(NetworkSpec(widths=widths), GaussianCodeSpec(), (1, 28, 28))
    network_view(laid.shape, laid.encoder, laid.code, laid.decoder, key="net")


frame.show(st.navigation([st.Page(page, title="Kit")], position="top"))
