"""New samples: from the prior, one Gaussian and a mixture; and why a plain model needs the last."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
import streamlit as st

from aecore.figures.exports import grid_png
from aecore.latent.codes import Codes
from aecore.latent.samplers import (
    Mixture,
    OneGaussian,
    OutOfDistribution,
    Prior,
    Sampler,
    posterior_draws,
    strangeness,
)
from aecore.runs import open_run
from aecore.specs.run import RunSpec
from aecore.studies.sample_quality import GenerationScores
from pages.ui import backend, errors, pick_run, session, url_state
from pages.ui.gallery import gallery
from pages.ui.job_progress import watch
from pages.ui.markdown import escape
from pages.ui.shipped_model import shipped_run
from pages.ui.translation import _, mark
from pages.ui.walk import scores as walk_scores
from pages.ui.walk.context import WalkContext, downloads, thumbnails, trained_on
from pages.ui.walk.training import train_vae

N_SHOWN = 12
_N_COLUMNS = 4
_N_MEASURED = 500
_N_DATA = 2000
_SEED = "walk.seed"
_SHOWN = {
    "samples": mark("Samples"),
    "nearest": mark("With nearest training pictures"),
    "scores": mark("With scores"),
}
_TITLES = {
    "prior": mark("Prior N(0, 1)"),
    "gaussian": mark("One Gaussian"),
    "mixture": mark("Mixture of ten Gaussians"),
}
_WORDS = {
    "prior": mark("A standard normal: the distribution to which a VAE's loss pulls the codes."),
    "gaussian": mark("With mean and covariance of the data's codes."),
    "mixture": mark("Fitted to the data's codes (Ghosh et al. 2020)."),
}


def panel(scene: WalkContext) -> None:
    """Three ways to draw a code, side by side; for a plain model a VAE beside it."""
    seed = url_state.whole_number(_SEED, 0, 0, 10**9)
    codes = scene.codes()
    with st.spinner(_("Fitting distributions to the codes…")), errors.shown():
        drawn = {s.name: s.sample(N_SHOWN, seed) for s in _samplers(codes)}
        strange = _strangeness(codes)
        with st.container(horizontal=True, vertical_alignment="bottom", key="walk.samples_bar"):
            st.button(
                _("Draw again"),
                key="walk.again",
                type="primary",
                icon=":material/casino:",
                on_click=url_state.write,
                args=(_SEED, str(seed + 1)),
            )
            shown = url_state.choice(
                _("Show"),
                _SHOWN,
                "walk.beside",
                widget=st.segmented_control,
                label_visibility="collapsed",
            )
        if shown == "nearest":
            walk_scores.beside_nearest(scene, drawn, _TITLES)
        else:
            scores = None
            if shown == "scores":
                with errors.shown():
                    scores = walk_scores.scores_of(scene, codes)
            _columns(scene, drawn, strange, seed, scores)
    st.caption(
        _(
            "Each picture is generated: decoded from a random code. The closer these codes are to "
            "the data's codes, the better the pictures."
        )
    )
    if scene.is_quantized:
        st.info(scene.no_prior, icon=":material/info:")
    elif not scene.is_gaussian:
        with errors.shown():
            _beside_a_vae(scene, seed, strange["prior"])


def _columns(
    scene: WalkContext,
    drawn: dict[str, np.ndarray],
    strange: dict[str, OutOfDistribution],
    seed: int,
    scores: GenerationScores | None,
) -> None:
    """The samplers side by side, with their scores where there are any.

    Parameters
    ----------
    drawn
        Name of each sampler to its codes, `(n, D)`.
    """
    for column, (name, z) in zip(st.columns(3, gap="medium"), drawn.items(), strict=True):
        with column, st.container(border=True):
            pictures = scene.decode(z)
            st.markdown(f"**{_TITLES[name]}**")
            if scores is not None:
                walk_scores.of_sampler(scores, name)
            gallery(thumbnails(pictures, 84), key=f"walk.drawn_{name}", target_px=84)
            st.caption(f"{_WORDS[name]} {_told(strange[name])}")
            downloads(
                f"samples-{name}-{seed}",
                partial(grid_png, pictures, _N_COLUMNS),
                key=f"drawn_{name}",
            )
    if scores is not None:
        walk_scores.yardsticks(scores)


def _told(found: OutOfDistribution) -> str:
    if not np.isfinite(found.distance_ratio):
        return _(
            ":gray[The data's codes are all the same, so there is no distance to compare with.]"
        )
    return _(
        ":gray[Distance to the nearest code of the data: **{distance_ratio:.1f} times** "
        "that between neighbouring codes of the data.]",
        distance_ratio=found.distance_ratio,
    )


def _samplers(codes: Codes) -> list[Sampler]:
    return _fitted_to(str(backend.store().root), codes.key, codes)


@st.cache_resource(max_entries=8, show_spinner=False)
def _fitted_to(store: str, key: str, _codes: Codes) -> list[Sampler]:
    z = _codes.z[trained_on(_codes)]
    return [Prior(_codes.n_dims), OneGaussian(z), Mixture(z)]


def _strangeness(codes: Codes) -> dict[str, OutOfDistribution]:
    return _measured(str(backend.store().root), codes.key, codes, _samplers(codes))


@st.cache_data(max_entries=8, show_spinner=False)
def _measured(
    store: str, key: str, _codes: Codes, _samplers: list[Sampler]
) -> dict[str, OutOfDistribution]:
    chosen = np.flatnonzero(trained_on(_codes))
    if len(chosen) > _N_DATA:
        chosen = np.random.default_rng(0).permutation(chosen)[:_N_DATA]
    data = posterior_draws(
        _codes.z[chosen], None if _codes.logvar is None else _codes.logvar[chosen]
    )
    return {s.name: strangeness(s.sample(_N_MEASURED, 0), data) for s in _samplers}


# A plain autoencoder and a VAE -------------------------------------------------------------


def _beside_a_vae(scene: WalkContext, seed: int, strange: OutOfDistribution) -> None:
    st.subheader(_("Why do random codes fail here, but not for a VAE?"), anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        _side(scene, seed, strange, _("This model"), "plain")
    with right:
        vae = _vae_of(scene)
        if vae is None:
            return
        codes = vae.codes()
        found = _strangeness(codes)["prior"]
        _side(vae, seed, found, escape(pick_run.run_title(vae.run.key)), "vae")
        if vae.run.key == shipped_run().key:
            _offer_vae(scene, "secondary")
    st.caption(
        _(
            "Both decode codes drawn from the same standard normal. A plain autoencoder only "
            "learns to reconstruct: its codes may lie anywhere, with gaps between them, so a "
            "random code is far from all data, {plain_ratio:.1f} times as far from the nearest "
            "code as neighbouring codes are from each other. For the VAE it is "
            "{vae_ratio:.1f} times, because its loss (the KL term) makes the codes fill "
            "this normal (Kingma & Welling 2014).",
            plain_ratio=strange.distance_ratio,
            vae_ratio=found.distance_ratio,
        )
    )


def _side(scene: WalkContext, seed: int, strange: OutOfDistribution, title: str, key: str) -> None:
    pictures = scene.decode(Prior(scene.run.n_dims).sample(N_SHOWN, seed))
    st.markdown(_("**{title}**, random codes", title=title))
    gallery(thumbnails(pictures, 112), key=f"walk.random_{key}", target_px=112)
    st.metric(
        _("Distance to the nearest code of the data ↓"),
        f"{strange.distance_ratio:.1f} ×",
        help=_(
            "Median over 500 random codes, in units of the distance between neighbouring codes "
            "of the data; 1 is best."
        ),
    )
    st.caption(
        _(
            "{inside:.0f} % of random codes are inside the ellipsoid that contains 99 "
            "% of the data's codes.",
            inside=100 * strange.inside,
        )
    )


def _vae_of(scene: WalkContext) -> WalkContext | None:
    """A VAE on the same data: this session's newest, else the one that ships; or how to get one."""
    store, data = backend.store(), scene.run.spec.data
    for key in session.remembered("run"):
        artifact = store.artifact(key)
        if not _is_vae_on(artifact.spec, data):
            continue
        if pick_run.has_weights(artifact):
            return WalkContext(open_run(store, key), scene.samples)
        if backend.engine().view(key).is_live:
            is_there = partial(pick_run.has_weights, artifact)
            watch(key, _("Training a VAE on the same data"), is_there)
            return None
    shipped = shipped_run()
    if _is_vae_on(shipped.spec, data):
        return WalkContext(open_run(store, shipped.key), scene.samples)
    st.markdown(_("**There is no VAE on the same data yet.**"))
    _offer_vae(scene, "primary")
    return None


def _offer_vae(scene: WalkContext, kind: Literal["primary", "secondary"]) -> None:
    st.button(
        _("Train a VAE on the same data"),
        key="walk.train_vae",
        icon=":material/play_arrow:",
        type=kind,
        on_click=train_vae,
        args=(scene,),
    )


def _is_vae_on(spec: object, data: str) -> bool:
    return isinstance(spec, RunSpec) and spec.data == data and spec.code.kind == "gaussian"
