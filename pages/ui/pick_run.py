"""Choosing a trained run to look into, and what to say where there is none."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from aecore.api.lab import title
from aecore.artifact import Artifact
from aecore.recipes import code_words
from aecore.specs.run import RunSpec
from aecore.training import LAST, WEIGHTS
from pages.ui import backend, data_requests, errors, session, url_state
from pages.ui.job_progress import watch
from pages.ui.markdown import escape
from pages.ui.shipped_model import shipped_run
from pages.ui.translation import _

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

_EVERY_S = 2.0
_AT_ONCE = "run.shown_at_once"
"""Under this key the session keeps which run is shown while it is trained."""


def require(page: str, bar: DeltaGenerator, why: str = "") -> Artifact:
    """The run that a page looks into, chosen in its bar; without one the page stops.

    Parameters
    ----------
    page
        Names the widget.
    why
        What the page would show of a run of one's own: "how well its codes tell classes apart".
        Without it the page opens on the model that ships where nothing is trained yet.
    """
    with bar:
        artifact = pick(page)
    if artifact is None and why:
        gate_no_run(why)
    if artifact is None:
        artifact = _shipped(page, bar)
    if not has_weights(artifact):
        gate_no_epoch(artifact)
    return artifact


def _shipped(page: str, bar: DeltaGenerator) -> Artifact:
    """The model that ships, with a line that says so."""
    artifact = shipped_run()
    with bar:
        st.selectbox(_("Run"), [artifact.key], format_func=run_title, key=f"{page}.shipped")
    with st.container(
        horizontal=True, vertical_alignment="center", border=True, key="gate.shipped_note"
    ):
        st.markdown(
            _(
                "**Nothing is trained yet.** This is the small pre-trained model that comes with "
                "the app: a VAE of handwritten digits with two latent dimensions."
            ),
            width="stretch",
        )
        if st.button(
            _("Train a model"), key="gate.train", type="primary", icon=":material/model_training:"
        ):
            session.go_to("train")
    return artifact


def pick(page: str) -> Artifact | None:
    """A list of this session's runs and the one of the address; the open one, None without any.

    Parameters
    ----------
    page
        Names the widget.
    """
    asked = session.chosen("run")
    keys = session.remembered("run")
    if asked is not None and asked.key not in keys:
        keys = [asked.key, *keys]
    if not keys:
        return None
    opened = asked or backend.store().artifact(
        next((key for key in keys if has_weights(backend.store().artifact(key))), keys[0])
    )
    shown = url_state.linked_widget(f"{page}.run", opened.key, partial(session.choose, "run"))
    st.selectbox(_("Run"), keys, format_func=run_title, **shown)
    backend.store().touch(opened.key)
    return opened


def run_title(key: str) -> str:
    """What to call a run in a list: what was trained on what, and how many numbers its code has."""
    spec = backend.store().artifact(key).spec
    found = _(title(backend.store(), key))
    words = code_words(spec.code) if isinstance(spec, RunSpec) else ""
    if _(words) not in found:
        found += f" · {_(words)}"
    return found


def has_weights(artifact: Artifact) -> bool:
    """Whether a run has a finished epoch, and so can be opened."""
    return artifact.has(WEIGHTS) or artifact.has(LAST)


def gate_no_run(what: str) -> NoReturn:
    """Say that something must be trained first, and stop the page.

    Parameters
    ----------
    what
        What the page would show: "what a model keeps of a picture".
    """
    with st.container(border=True, key="gate.no_run"):
        st.markdown(
            _("**Nothing is trained yet.** Train a model first, then see {what} here.", what=what)
        )
        with st.container(horizontal=True):
            if st.button(
                _("Train a model"),
                key="gate.train",
                type="primary",
                icon=":material/model_training:",
            ):
                session.go_to("train")
            st.button(
                _("Open the pre-trained model"),
                key="gate.shipped",
                icon=":material/visibility:",
                on_click=_open_shipped,
            )
    st.stop()


def _open_shipped() -> None:
    with errors.shown():
        session.choose("run", shipped_run().key)


def gate_no_data(artifact: Artifact) -> None:
    """Bring in the data a run was trained on where it is not here (any more), and wait for it."""
    spec = artifact.spec
    if not isinstance(spec, RunSpec):
        return
    data = backend.store().artifact(spec.data)
    view = backend.engine().view(data.key)
    if view.status == "done":
        return
    if view.is_left:
        backend.engine().submit(data.spec, session.session_id())
    if not (view.is_left or view.is_live):
        data_requests.told_why(data.key, view)
    else:
        watch(
            data.key,
            _(
                "Importing {data_title}, the data of this run",
                data_title=_(data_requests.data_title(data.key)),
            ),
        )
    st.stop()


def gate_no_epoch(artifact: Artifact) -> NoReturn:
    """Wait for the first epoch of a run that is trained just now; else say that it has none."""
    if backend.engine().view(artifact.key).is_live:
        st.info(
            _("The first epoch is not finished yet. This page opens by itself as soon as it is."),
            icon=":material/hourglass_empty:",
        )
        watch(
            artifact.key,
            _("Training {run_title}", run_title=run_title(artifact.key)),
            until=lambda: has_weights(artifact),
        )
    else:
        with st.container(border=True, key="gate.no_epoch"):
            st.markdown(
                _(
                    "**{run_title} has no finished epoch.** It was stopped or "
                    "failed before that. Resume its training first.",
                    run_title=escape(run_title(artifact.key)),
                )
            )
            if st.button(_("Open its training"), key="gate.resume", type="primary"):
                session.choose("run", artifact.key)
                session.go_to("train")
    st.stop()


def still_training(artifact: Artifact, epochs: int) -> None:
    """Where a run that is shown is still trained: at which epoch it is seen, and a newer one.

    Parameters
    ----------
    epochs
        Whole epochs that the weights shown have seen.
    """
    spec = artifact.spec
    n_epochs = spec.n_epochs if isinstance(spec, RunSpec) else epochs
    if not backend.engine().view(artifact.key).is_live:
        if epochs < n_epochs and artifact.state.status != "done":
            st.caption(
                _(
                    "This run stopped after epoch {epochs} of {n_epochs}.",
                    epochs=epochs,
                    n_epochs=n_epochs,
                )
            )
        return

    @st.fragment(run_every=_EVERY_S)
    def note() -> None:
        view = backend.engine().view(artifact.key)
        if not view.is_live:
            st.rerun()
        newest = view.state.n_done * n_epochs // max(1, view.state.n_total)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(_("training"), icon=":material/play_arrow:", color="blue")
            st.markdown(
                _(
                    "Shown after epoch **{epochs}** of {n_epochs}.",
                    epochs=epochs,
                    n_epochs=n_epochs,
                ),
                width="content",
            )
            if newest > epochs and st.button(
                _("Show epoch {newest}", newest=newest), key="run.newest", icon=":material/refresh:"
            ):
                st.rerun(scope="app")

    note()


def until_trained(artifact: Artifact, epochs: int) -> None:
    """Wait for a training that goes on; a button shows the epoch that is there without waiting.

    For pages whose results are a job of their own: computed after an epoch, they slow the training
    and are outdated when they come.

    Parameters
    ----------
    epochs
        Whole epochs that the weights shown have seen.
    """
    is_live = backend.engine().view(artifact.key).is_live
    if not is_live or st.session_state.get(_AT_ONCE) == artifact.key:
        still_training(artifact, epochs)
        return
    watch(artifact.key, _("Training {run_title}", run_title=run_title(artifact.key)))
    st.button(
        _("Show epoch {epochs} without waiting", epochs=epochs),
        key="run.at_once",
        icon=":material/visibility:",
        on_click=partial(st.session_state.__setitem__, _AT_ONCE, artifact.key),
    )
    st.stop()
