"""How well can a network compress these samples into a few numbers?"""

from functools import partial

import streamlit as st

from aecore.models.plan import plan_of
from aecore.recipes import RECIPES, code_words, fitted, offered, recipe, recommended, title_of
from aecore.specs.run import RunSpec
from aecore.training.checks import check_samples, check_start
from aecore.training.forecast import warnings_of
from pages.ui import errors, frame, session
from pages.ui.backend import engine, store
from pages.ui.markdown import escape
from pages.ui.train import run_panel
from pages.ui.train.data_card import Data, about_data
from pages.ui.train.form import Form
from pages.ui.train.network import network_view
from pages.ui.train.suited import precise, prefix_of, suit
from pages.ui.translation import _
from pages.ui.url_state import choice


def start(spec: RunSpec, recipe_name: str, data: Data) -> None:
    """Ask for the run; the page then shows it."""
    with errors.shown():
        check_start(store(), spec)
        title = title_of(spec, data.facts)
        about = {"title": title, "recipe": recipe_name, "data_title": data.title}
        key = engine().submit(spec, session.session_id(), **about)
        session.remember(key)
        session.choose("run", key)


frame.title(_("Train"), _("How well can a network compress these samples into a few numbers?"))
run = session.chosen("run")
left, right = st.columns([1, 2.7], gap="medium")

with left:
    data = about_data(run)
    first, why = recommended(data.facts)
    why = _(why)
    name = choice(
        _("Recipe"),
        {known: RECIPES[known].title for known in offered(data.facts)},
        "train.recipe",
        default=first,
        help=_(
            "Offered first for these samples: {title}. {why}",
            title=_(RECIPES[first].title),
            why=why,
        ),
    )
    chosen = recipe(name)
    why_first = _("**Recommended here.** {why}", why=why) if name == first else ""
    summary = "  \n".join(filter(None, (_(chosen.summary), why_first)))
    st.caption(f"{summary}  \n:gray[{escape(chosen.reference)}]")
    form = spec = None
    with errors.shown():
        facts = suit(chosen, data)
        fit = partial(fitted, chosen.settings, is_pictures=len(data.shape) == 3, scale=data.scale)
        settings = fit(facts=facts)
        if facts is not None:
            settings = precise(settings, data)
        form = Form(prefix_of(name, settings, fit()), data.key, settings)
        asked = form.ask()
        plan = plan_of(asked, data.shape)
        check_samples(asked, data.shape, data.scale, data.n_train)
        spec = asked
    if form is not None:
        form.button_place.button(
            _("Train"),
            key="train.start",
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=spec is None,
            on_click=start,
            args=(spec, name, data),
        )
        if spec is not None:
            for words in warnings_of(spec, data.n_train, data.shape):
                form.button_place.warning(escape(_(words)), icon=":material/warning:")

with right:
    if run is not None:
        run_panel.panel(run.key)
    if spec is not None:
        is_shown = run is not None and spec.key == run.key
        st.markdown(_("##### The network") if is_shown else _("##### The network to train next"))
        network_view(
            data.shape,
            plan.encoder,
            plan.code,
            plan.decoder,
            beside=plan.beside,
            key="train.network",
        )
        sentences = [
            _(
                "{n_params:,} weights compress each sample into {code}. "
                "Blocks are as large as what flows through them.",
                n_params=plan.n_params,
                code=_(code_words(spec.code)),
            )
        ]
        if plan.linear_path:
            sentences.append(
                _(
                    "A linear path beside them stands at the principal components, and is not "
                    "trained."
                )
            )
        if plan.refiner:
            sentences.append(_("Behind the decoder, convolutions correct the picture."))
        if plan.short_cut:
            sentences.append(_("The input also leads past the code, and is corrected."))
        st.caption(" ".join(sentences))
