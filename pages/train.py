"""How well can a network squeeze these pictures into a few numbers?"""

import streamlit as st

from aecore.models.plan import plan_of
from aecore.recipes import RECIPES, code_words, fitted, recipe, title_of
from aecore.specs import RunSpec
from aecore.training.checks import check_samples, check_start
from aecore.training.forecast import warnings_of
from pages.ui import errors, frame, session
from pages.ui.backend import engine, store
from pages.ui.markdown import plain
from pages.ui.train import run_panel
from pages.ui.train.data_card import about_data
from pages.ui.train.form import Form
from pages.ui.train.network import network_view
from pages.ui.url_state import choice


def start(spec: RunSpec, recipe_name: str, data_title: str) -> None:
    """Ask for the run; the page then shows it."""
    with errors.shown():
        check_start(store(), spec)
        about = {"title": title_of(spec), "recipe": recipe_name, "data_title": data_title}
        key = engine().submit(spec, session.session_id(), **about)
        session.remember(key)
        session.choose("run", key)


frame.title("Train", "How well can a network squeeze these pictures into a few numbers?")
run = session.chosen("run")
left, right = st.columns([1, 2.7], gap="medium")

with left:
    data = about_data(run)
    name = choice(
        "Recipe",
        {known: each.title for known, each in RECIPES.items()},
        "train.recipe",
        default="vae",
    )
    chosen = recipe(name)
    st.caption(f"{chosen.summary}  \n:gray[{plain(chosen.reference)}]")
    form = spec = None
    with errors.shown():
        settings = fitted(chosen.settings, is_pictures=len(data.shape) == 3, scale=data.scale)
        form = Form(name, RunSpec.of(data=data.key, **settings))
        asked = form.ask()
        plan = plan_of(asked, data.shape)
        check_samples(asked, data.shape, data.scale, data.n_train)
        spec = asked
    if form is not None:
        form.button_place.button(
            "Train",
            key="train.start",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=spec is None,
            on_click=start,
            args=(spec, name, data.title),
        )
        if spec is not None:
            for words in warnings_of(spec, data.n_train, data.shape):
                form.button_place.warning(plain(words), icon=":material/warning:")

with right:
    if run is not None:
        run_panel.panel(run.key)
    if spec is not None:
        is_shown = run is not None and spec.key == run.key
        st.markdown("##### The network" if is_shown else "##### The network to train next")
        network_view(
            data.shape,
            plan.encoder,
            plan.code,
            plan.decoder,
            beside=plan.beside,
            key="train.network",
        )
        st.caption(
            f"{plan.n_params:,} weights squeeze each sample into {code_words(spec.code)}. "
            "Blocks are as large as what flows through them."
        )
