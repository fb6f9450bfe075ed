"""A person's own picture, with noise on it or noisy already, and cleaned."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.denoising.denoise import Scores, as_it_is, clean, denoise, guessed_deviation
from aecore.denoising.filters import FILTERS, available
from aecore.figures.pictures import as_rgb
from aecore.specs.run import CorruptionSpec
from pages.ui import errors, own_picture
from pages.ui.denoise.context import DenoiseContext
from pages.ui.denoise.wall import metrics
from pages.ui.gallery import gallery
from pages.ui.translation import _


@st.fragment
def through_the_model(seen: DenoiseContext) -> None:
    """Upload, draw or photograph a picture, and have it cleaned."""
    st.subheader(_("Your own picture"), anchor=False)
    left, right = st.columns([4, 8], gap="large")
    with left:
        x = own_picture.ask("denoise", seen.run.shape, framing=seen.run.frame.framing)
        is_noisy = st.toggle(
            _("It is already noisy"),
            key="denoise.already",
            bind="query-params",
            help=_("No noise is added. Without a clean picture there are no scores."),
        )
    with right:
        if x is None:
            st.caption(
                _(
                    "The same noise as above is added, then it is denoised. Try one that is like "
                    "the training pictures, and one that is not."
                )
            )
            return
        with errors.shown():
            if is_noisy:
                _already(seen, x)
            else:
                _with_noise(seen, x)


def _with_noise(seen: DenoiseContext, x: np.ndarray) -> None:
    found = denoise(seen.run, x[None], seen.noise, seen.seed)
    pictures = {seen.kind.before: found.noisy.shown, seen.kind.after: found.cleaned}
    for name in seen.filters:
        pictures[_(FILTERS[name].title)] = seen.tuned(name).clean(found.noisy)
    scored = {name: Scores.of(x[None], made).means()["psnr_db"] for name, made in pictures.items()}
    _show(
        {**pictures, _("Clean"): x[None]},
        [*(f"{name}, {db:.1f} dB" for name, db in scored.items()), _("Clean: your picture")],
    )
    metrics(seen, found.before.means(), found.after.means())


def _already(seen: DenoiseContext, x: np.ndarray) -> None:
    dirty = as_it_is(x[None])
    pictures = {_("Your picture"): x[None], _("Denoised"): clean(seen.run, dirty)}
    deviation = guessed_deviation(x)
    guessed = CorruptionSpec(kind="gaussian", level=round(min(1.0, max(0.01, deviation)), 2))
    for name in available(seen.run.shape):
        if name in seen.filters:
            pictures[_(FILTERS[name].title)] = seen.tuned(name, guessed).clean(dirty)
    _show(pictures, list(pictures))
    if len(pictures) > 2:
        st.caption(
            _(
                "Estimated standard deviation of the noise: {deviation:.2f}. The filters use it; "
                "the model does not.",
                deviation=deviation,
            )
        )


def _show(pictures: dict[str, np.ndarray], captions: list[str]) -> None:
    gallery(
        np.concatenate([as_rgb(x) for x in pictures.values()]),
        captions,
        key="denoise.own_pictures",
        target_px=168,
    )
