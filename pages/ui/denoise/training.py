"""A denoising model trained on the spot: offered, watched, and opened when it is done."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from aecore.api.lab import title
from aecore.artifact import Artifact
from aecore.data.sources import SOURCES
from aecore.errors import AecoreError
from aecore.recipes import fitted, recipe, title_of
from aecore.specs.data import DataSpec
from aecore.specs.run import RunSpec
from pages.ui import backend, data_requests, errors, pick_run, session, url_state
from pages.ui.job_progress import watch
from pages.ui.markdown import escape
from pages.ui.translation import _

_PENDING = "denoise.training"


def follow() -> str:
    """Watch what is trained on the spot, and open it once it is done; its key while it goes on."""
    key = url_state.read(_PENDING)
    if not key:
        return ""
    try:
        artifact = backend.store().artifact(key)
        view = backend.engine().view(key)
    except AecoreError:
        url_state.write(_PENDING, "")  # removed since: there is nothing to wait for
        return ""
    if view.is_live:
        watch(key, _("Training {title}", title=title(backend.store(), key)))
        return key
    url_state.write(_PENDING, "")
    if view.status == "done" or pick_run.has_weights(artifact):
        session.choose("run", key)
    elif view.state.error:
        st.error(escape(f"{_(view.state.error)} {_(view.state.hint)}"), icon=":material/error:")
    return ""


def gate_no_run(training: str) -> NoReturn:
    """Without any run: offer to train one on the digits that ship, and stop the page.

    Parameters
    ----------
    training
        Key of what is trained on the spot already; then there is nothing to offer.
    """
    if not training:
        with st.container(border=True, key="gate.no_run"):
            st.markdown(
                _(
                    "**Nothing is trained yet.** A denoising model gets noisy pictures as input "
                    "and learns to output the clean ones. On 5,000 digits that takes about a "
                    "minute; the result opens here."
                )
            )
            with st.container(horizontal=True):
                button(backend.store().create(DataSpec()), SOURCES["mnist-5k"].title)
                if st.button(_("Train another model"), key="gate.train"):
                    session.go_to("train")
    st.stop()


def offer(run: Artifact, training: str) -> None:
    """Say that a run has never been shown noise, and offer one that has, on the same data."""
    spec = run.spec
    if not isinstance(spec, RunSpec):
        return
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", key="denoise.offer"
    ):
        st.markdown(
            _(
                "**This model was not trained on noisy pictures.** Below is what it does with "
                "them; a denoising model learns to remove the noise."
            ),
            width="stretch",
        )
        if not training:
            button(backend.store().artifact(spec.data), data_requests.data_title(spec.data))


def button(data: Artifact, data_title: str) -> None:
    """Train the recipe "denoising" on this data."""
    st.button(
        _("Train a denoising model on {data_title}", data_title=escape(_(data_title))),
        key="denoise.train",
        type="primary",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(data.key, data_title),
    )


def spec_for(data_key: str) -> RunSpec:
    """The recipe "denoising", fitted to the data."""
    data = backend.store().artifact(data_key).spec
    scale = data.scale if isinstance(data, DataSpec) else "unit"
    settings = fitted(recipe("denoising").settings, is_pictures=True, scale=scale)
    return RunSpec.of(data=data_key, **settings)


def _start(data_key: str, data_title: str) -> None:
    with errors.shown():
        spec = spec_for(data_key)
        key = backend.engine().submit(
            spec,
            session.session_id(),
            title=title_of(spec),
            recipe="denoising",
            data_title=data_title,
        )
        session.remember(key)
        url_state.write(_PENDING, key)
