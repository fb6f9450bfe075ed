"""New samples judged: the nearest training picture of each, and how far they are from real ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from aecore.latent.codes import Codes
from aecore.studies.generation import generation_scores
from aecore.studies.nearest import COPY_BELOW, Nearest, NearestPictures
from aecore.studies.sample_quality import GenerationScores
from pages.ui import backend
from pages.ui.gallery import comparison
from pages.ui.score import Score, metric
from pages.ui.translation import _, mark
from pages.ui.walk.context import WalkContext, thumbnails

_TARGET_PX = 84
_DISTANCE = mark("Frechet distance in features-28")


def beside_nearest(
    scene: WalkContext, drawn: Mapping[str, np.ndarray], titles: Mapping[str, str]
) -> None:
    """Each new picture over the training picture it looks most like.

    Parameters
    ----------
    drawn
        Codes `(n, D)` by the name of the sampler.
    titles
        What to call a sampler.
    """
    with st.spinner(_("Finding the nearest training pictures…")):
        finder = _finder(str(backend.store().root), scene.run.spec.data, scene)
        pictures = {name: scene.decode(z) for name, z in drawn.items()}
        found = {name: finder.of(new) for name, new in pictures.items()}
    for name, new in pictures.items():
        with st.container(border=True):
            st.markdown(f"**{titles[name]}**")
            real = np.asarray(scene.samples.x[found[name].rows])
            comparison(
                {"new": thumbnails(new, _TARGET_PX), "nearest": thumbnails(real, _TARGET_PX)},
                [f"{ratio:.1f} ×" for ratio in found[name].ratio],
                key=f"walk.nearest_{name}",
                target_px=_TARGET_PX,
            )
            st.caption(_told(found[name]))
    st.caption(
        _(
            "Below each generated picture: the nearest training picture in the feature space of a "
            "small classifier (features-28), and its distance relative to the typical distance "
            "between a real picture and its nearest neighbour. Below {copy_below} it is as close "
            "as a copy, which is also true of one in twenty held-out digits. A model that has "
            "memorized its training pictures produces many copies.",
            copy_below=COPY_BELOW,
        )
    )


def _told(found: Nearest) -> str:
    n_copies = int(found.is_copy.sum())
    if n_copies:
        return _(
            ":orange[{n_copies} of {n_ratio} as close as a copy.]",
            n_copies=n_copies,
            n_ratio=len(found.ratio),
        )
    return _(
        "None of {n_ratio} is a copy; median {median:.1f} ×.",
        n_ratio=len(found.ratio),
        median=np.median(found.ratio),
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _finder(store: str, data: str, _scene: WalkContext) -> NearestPictures:
    return NearestPictures(_scene.samples)


def scores_of(scene: WalkContext, codes: Codes) -> GenerationScores:
    """The scores of a run as its weights stand, kept."""
    with st.spinner(_("Scoring a thousand pictures of each sampler…")):
        return _scored(str(backend.store().root), codes.key, scene, codes)


@st.cache_data(max_entries=8, show_spinner=False)
def _scored(store: str, key: str, _scene: WalkContext, _codes: Codes) -> GenerationScores:
    return generation_scores(_scene.run, _scene.samples, _codes)


def of_sampler(scores: GenerationScores, name: str) -> None:
    """The score of one sampler."""
    metric(
        Score(_DISTANCE, scores.samples[name], better="low"),
        help=_("Between {n:,} generated pictures and as many held-out ones.", n=scores.n),
    )


def yardsticks(scores: GenerationScores) -> None:
    """What a sampler's score is held against."""
    st.markdown(_("**For comparison**"))
    floor, rebuilt, pca = st.columns(3, gap="medium")
    with floor:
        metric(
            Score(_("Other real pictures"), scores.floor, better="low"),
            help=_("The lower bound: the distance between two halves of the held-out pictures."),
        )
    with rebuilt:
        metric(
            Score(_("This model's reconstructions"), scores.reconstructions, better="low"),
            help=_("Samples cannot be expected to be better than reconstructions."),
        )
    with pca:
        metric(
            Score(_("PCA's reconstructions"), scores.pca, better="low"),
            help=_("With as many components as the code has dimensions."),
        )
    st.caption(
        _(
            "{distance}: the distance between two distributions of {n:,} pictures in the 64 "
            "features of a small digit classifier that comes with the app (Dowson & Landau 1982). "
            "0: the same distribution; 100: about the whole spread of real digits. It is not FID, "
            "which uses another network, and values for other numbers of pictures cannot be "
            "compared with it.",
            distance=_DISTANCE,
            n=scores.n,
        )
    )
