"""A run as it learns: curves, codes, reconstructions, how far it is, and what to do with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import streamlit as st

from aecore.artifact import Artifact
from aecore.jobs.view import JobStatus, JobView
from aecore.specs.codes import QuantizedCodeSpec
from aecore.specs.run import RunSpec
from aecore.training import HISTORY
from aecore.training.checks import check_start
from aecore.training.cures import Cure, cure_of
from aecore.training.keyframes import kept_epochs
from pages.ui import errors, mine, pick_run, rows, session
from pages.ui.backend import engine, store
from pages.ui.components import component
from pages.ui.job_progress import duration
from pages.ui.job_status import status_chip
from pages.ui.markdown import escape
from pages.ui.train.snapshot import Snapshot, is_alone, snapshot_of, title_of_value
from pages.ui.translation import _

_SOON_S, _CALM_S = 0.4, 1.0
"""Between two looks at a run: before its first record, and after."""


@dataclass(frozen=True)
class _Standing:
    """What the whole panel was drawn for; when it changes, the page is drawn anew."""

    status: JobStatus
    has_begun: bool
    has_epoch: bool

    @classmethod
    def of(cls, artifact: Artifact, view: JobView) -> _Standing:
        has_begun = artifact.has(HISTORY)
        return cls(view.status, has_begun, pick_run.has_weights(artifact))


def panel(key: str) -> None:
    """Everything about one run.

    What changes with every record is read anew while it trains, and nothing besides: many may
    watch one run.
    """
    artifact, view = store().artifact(key), engine().view(key)
    standing = _Standing.of(artifact, view)
    about = artifact.about
    with st.container(horizontal=True, vertical_alignment="center"):
        words = (_(about.get("title", "")) or _("Run"), _(about.get("data_title", "")))
        title = " · ".join(filter(None, words))
        st.markdown(f"#### {escape(title)}", width="stretch")
        status_chip(view.status)
    _controls(artifact, view, has_epoch=standing.has_epoch)
    every_s = None if not view.is_live else _CALM_S if standing.has_begun else _SOON_S
    st.fragment(_draw, run_every=every_s)(key, standing)


def _draw(key: str, drawn_for: _Standing) -> None:
    view, artifact = engine().view(key), store().artifact(key)
    if view.status != drawn_for.status or session.chosen_key("run") != key:
        st.rerun()
    standing = _Standing.of(artifact, view)
    with errors.shown():
        if isinstance(spec := artifact.spec, RunSpec):
            _drawn(artifact, view, spec)
    if standing != drawn_for:
        st.rerun()  # the news stands already; now what it makes possible


def _drawn(artifact: Artifact, view: JobView, spec: RunSpec) -> None:
    look = snapshot_of(store(), artifact, spec)
    st.progress(view.state.progress, text=_how_far(view, look.records, look.epochs_kept))
    with st.container():  # what stands below keeps its place, and its zoom, when a note comes
        _trouble(view, look, spec)
    if look.records:
        _pictures(look, spec)
    else:
        st.caption(_("The first point of the curve appears as soon as the first steps are done."))


def _how_far(view: JobView, records: list[dict[str, Any]], epochs_kept: float = math.inf) -> str:
    state = view.state
    if view.status == "queued":
        place = (
            _("place {place} in the queue", place=view.place) if view.place else _("in the queue")
        )
        if view.wait_s:
            wait = _("about {duration} to wait", duration=duration(view.wait_s))
            place = f"{place}, {wait}"
        if view.is_again:
            return _("Waiting for its turn again: {place}", place=place)
        return _("Waiting: {place}", place=place)
    if not records:
        phase = _(state.phase).capitalize() or _("Starting")
        return f"{phase}…" if view.is_live else _("Not started")
    last = records[-1]
    if is_alone(last):
        return _how_far_alone(view, records)
    n_epochs = max(1, round(state.n_total / 1000)) if state.n_total >= 1000 else 1
    done = min(n_epochs, state.n_done / 1000)
    words = [_("epoch {done:.3g} of {n_epochs}", done=done, n_epochs=n_epochs)]
    if epochs_kept < done:
        words.append(
            _("the weights are those of epoch {epochs_kept:g}, the best", epochs_kept=epochs_kept)
        )
    if last["n_per_s"]:
        words.append(_("{n_per_s:,.0f} samples/s", n_per_s=last["n_per_s"]))
    if view.status == "running" and state.eta_s is not None:
        words.append(_("{duration} left", duration=duration(state.eta_s)))
    return " · ".join(words)


def _how_far_alone(view: JobView, records: list[dict[str, Any]]) -> str:
    """While each layer is trained alone: which, and how many epochs of that are left."""
    alone = [record for record in records if is_alone(record)]
    n_left = round(-alone[-1]["epoch"])
    name = title_of_value(next(iter(alone[-1]["train"])))
    words = [
        _(
            "training each layer alone: {name}, {n_done} of {n_epochs} epochs",
            name=name,
            n_done=len(alone),
            n_epochs=len(alone) + n_left,
        )
    ]
    if view.status == "running":
        words.append(_("then all layers together"))
    if view.status == "running" and view.state.eta_s is not None:
        words.append(_("about {duration} left", duration=duration(view.state.eta_s)))
    return " · ".join(words).capitalize()


def _trouble(view: JobView, look: Snapshot, spec: RunSpec) -> None:
    if view.status == "failed":
        st.error(escape(f"{_(view.state.error)} {_(view.state.hint)}"), icon=":material/error:")
        _offer_cure(spec, view.state.error)
    if view.status == "interrupted":
        st.warning(
            _(
                "The worker was interrupted. {error} Its last epoch is lost, or "
                "some seconds of short ones. Resume it.",
                error=escape(_(view.state.error)),
            ),
            icon=":material/bolt:",
        )
    note = next((record["note"] for record in reversed(look.records) if record["whole"]), "")
    note = look.ended["note"] if look.ended is not None and look.ended["note"] else note
    if note:
        st.warning(escape(_(note)), icon=":material/trending_up:")
        if not view.is_live:
            _offer_cure(spec, note)


def _offer_cure(spec: RunSpec, told: str) -> None:
    """One click that trains anew with settings that mend what the doctor has named."""
    cure = cure_of(spec, told)
    if cure is None:
        return
    st.button(
        _("Train with mended settings"),
        key="train.cure",
        icon=":material/healing:",
        help=_("From the start, with {change}.", change=_(cure.words)),
        on_click=_mend,
        args=(spec.key, cure),
    )
    st.caption(_("Mended: {change}.", change=_(cure.words)))


def _mend(key: str, cure: Cure) -> None:
    with errors.shown():
        about = store().artifact(key).about
        session.choose("run", new := engine().submit(cure.spec, session.session_id(), **about))
        session.remember(new)


def _pictures(look: Snapshot, spec: RunSpec) -> None:
    chart, codes = st.columns([3, 2])
    with chart:
        component("loss_chart")(key="train.curves", data=look.curves)
        if (pca := (look.ended or {}).get("pca")) is not None:
            st.caption(
                _(
                    "**{ratio:.2f} of PCA's error ↓**: {error:.3g} on the "
                    "validation part, against {pca_error:.3g} of PCA with {n:.0f} "
                    "components. Below 1 the network keeps more than PCA does.",
                    ratio=pca["ours"] / pca["error"],
                    error=pca["ours"],
                    pca_error=pca["error"],
                    n=pca["n"],
                )
            )
        if look.perplexity is not None:
            st.caption(
                _(
                    "**Perplexity {n_entries:.1f} of {codebook_size} ↑**: so many "
                    "entries of the codebook are in even use; a tenth or less is a collapse.",
                    n_entries=look.n_entries,
                    codebook_size=spec.code_as(QuantizedCodeSpec).codebook_size,
                )
            )
            component("loss_chart")(key="train.perplexity", data=look.perplexity)
    with codes:
        if look.codes is None:
            st.caption(_("The codes appear after the first epoch."))
        else:
            component("codes_view")(key="train.codes", data=look.codes)
    if look.strip is not None:
        component("gallery")(key="train.strip", data=look.strip)
    elif look.row_table is not None:
        st.markdown(_("**Rows beside their reconstructions** &nbsp; :gray[worst columns first]"))
        errors = look.row_table[rows.ERROR]
        st.dataframe(
            look.row_table,
            hide_index=True,
            key="train.rows",
            height=min(400, 38 + 35 * len(errors)),
            column_config={rows.ERROR: rows.error_column(errors)},
        )
    if look.computed_with:
        st.caption(_("Computed with {computed_with}.", computed_with=look.computed_with))


def _controls(artifact: Artifact, view: JobView, *, has_epoch: bool) -> None:
    """Stop, resume, train further, look closer, share: what fits how the run stands."""
    key = artifact.key
    with st.container(horizontal=True, vertical_alignment="center"):
        if view.is_live:
            st.button(
                _("Stop"), key="train.stop", icon=":material/stop:", on_click=_stop, args=(key,)
            )
        elif view.status != "done":
            st.button(
                _("Resume") if has_epoch else _("Start again"),
                key="train.resume",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_resume,
                args=(key,),
            )
        else:
            st.button(
                _("Train further"),
                key="train.further",
                icon=":material/fast_forward:",
                help=_(
                    "As many epochs again, from the weights that it ended with: where it stopped "
                    "early, the best."
                ),
                on_click=_further,
                args=(key,),
            )
        if has_epoch:
            # By callbacks, which run even where the panel is drawn anew at this very moment.
            st.button(
                _("Look at reconstructions"),
                key="train.look",
                icon=":material/compare:",
                on_click=session.go_after,
                args=("reconstruct",),
            )
            if kept_epochs(artifact):  # an exported run has none
                st.button(
                    _("Watch the film"),
                    key="train.film",
                    icon=":material/movie:",
                    help=_("Codes, reconstructions and loss, epoch by epoch."),
                    on_click=session.go_after,
                    args=("map",),
                    kwargs=session.FILM,
                )
        with st.popover(_("Share"), icon=":material/link:"):
            st.caption(_("Whoever opens this link sees this run."))
            st.code(session.share_link("train", run=key), language=None)
        if mine.is_mine(key):
            st.space("stretch")
            mine.pin_button(key, "train.own")
            mine.remove_button(key, _("this run"), "train.own")


def _stop(key: str) -> None:
    engine().stop(key, session.session_id())


def _resume(key: str) -> None:
    with errors.shown():
        if isinstance(spec := store().artifact(key).spec, RunSpec):
            check_start(store(), spec)
        engine().submit(spec, session.session_id())
        session.remember(key)


def _further(key: str) -> None:
    artifact = store().artifact(key)
    spec = artifact.spec
    if not isinstance(spec, RunSpec):
        return
    with errors.shown():
        further = spec.model_copy(update={"start_from": key})
        check_start(store(), further)
        new = engine().submit(further, session.session_id(), **artifact.about)
        session.remember(new)
        session.choose("run", new)
