"""The curve over noise levels: a job, watched, then drawn."""

from __future__ import annotations

import streamlit as st

from aecore.denoising.filters import FILTERS
from aecore.denoising.levels import (
    CLEANED,
    NOISY,
    Levels,
    default_noise,
    is_trained_for,
    levels_spec,
    load_levels,
)
from aecore.figures.levels import LevelCurve, levels_figure
from aecore.sentence import Sentence
from aecore.specs.studies import DenoiseSpec
from pages.ui import backend, errors, session
from pages.ui.denoise.context import DenoiseContext
from pages.ui.job_progress import watch
from pages.ui.markdown import escape
from pages.ui.translation import _
from pages.ui.url_state import choice

_TOP_DB = 40.0


def curve_card(seen: DenoiseContext) -> None:
    """Scores over levels of the noise; computed by itself for the noise the run knows."""
    spec = levels_spec(seen.run, seen.noise, part=seen.part, n_pictures=len(seen.rows))
    with st.container(border=True, height="stretch"):
        noise = " noise" if seen.kind.is_noise else ""
        st.markdown(
            _(
                "**Over all levels** &nbsp; :gray[{title}{noise}]",
                title=_(seen.kind.title),
                noise=noise,
            )
        )
        with errors.shown():
            view = backend.engine().view(spec.key) if spec.key in backend.store() else None
            status = "new" if view is None else view.status
            if status == "done":
                backend.store().touch(spec.key)
                _draw(seen, load_levels(backend.store().artifact(spec.key)))
                return
            usual = default_noise(seen.run)
            is_usual = (usual.kind, usual.mean) == (seen.noise.kind, seen.noise.mean)
            if is_usual and (view is None or view.is_left):
                _ask(spec)
                status = "queued"
            if status in ("queued", "running"):
                watch(spec.key, _("Denoising at every level"))
                return
            if view is not None and view.state.error:
                st.error(
                    escape(f"{_(view.state.error)} {_(view.state.hint)}"), icon=":material/error:"
                )
            st.caption(
                _(
                    "How does quality depend on the noise? The same pictures at lower and higher "
                    "levels."
                )
            )
            st.button(
                _("Try every level"),
                key="denoise.levels",
                icon=":material/show_chart:",
                on_click=_ask_shown,
                args=(spec,),
            )


def _ask(spec: DenoiseSpec) -> None:
    backend.engine().submit(spec, session.session_id(), title=Sentence("Denoising over levels"))


def _ask_shown(spec: DenoiseSpec) -> None:
    with errors.shown():
        _ask(spec)


def _draw(seen: DenoiseContext, found: Levels) -> None:
    which = choice(
        _("Score"),
        {"psnr": "PSNR", "ssim": "SSIM"},
        "denoise.score",
        widget=st.segmented_control,
        label_visibility="collapsed",
    )
    values = found.ssim if which == "ssim" else found.psnr
    shown = [name for name in FILTERS if name in seen.filters and name in values]
    curves = [
        LevelCurve(
            _("{before} (input)", before=seen.kind.before), values[NOISY].clip(max=_TOP_DB), "input"
        ),
        LevelCurve(_("This model"), values[CLEANED].clip(max=_TOP_DB), "model"),
        *(LevelCurve(_(FILTERS[name].title), values[name].clip(max=_TOP_DB)) for name in shown),
    ]
    figure = levels_figure(
        found.levels,
        curves,
        title=_("SSIM (higher is better)") if which == "ssim" else _("PSNR, dB (higher is better)"),
        level_title=_("level: {unit}", unit=seen.kind.unit),
        trained_at=seen.run.spec.corruption.level if is_trained_for(seen.run, seen.noise) else None,
        now_at=seen.noise.level,
        say=_,
    )
    st.plotly_chart(figure, key="denoise.curve", width="stretch")
    cut = _("Values above {top_db:g} dB are cut off.", top_db=_TOP_DB) if which != "ssim" else ""
    missing = " ".join(map(_, found.left_out.values()))
    st.caption(
        _(
            "Mean over {n_pictures} pictures. {cut} {missing}",
            n_pictures=found.n_pictures,
            cut=cut,
            missing=escape(missing),
        ).strip()
    )
