"""Classes enlarged by samples that a VAE makes up: seen, and what a classifier gains."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures.label_curves import label_curves_figure
from aecore.sentence import Sentence
from aecore.studies.features import FeaturesResult, why_not
from pages.ui import errors
from pages.ui.features.context import FeaturesContext, n_told, offer, studied
from pages.ui.features.curves import axis, line
from pages.ui.gallery import comparison
from pages.ui.markdown import escape
from pages.ui.translation import _, mark

N_SHOWN = 12
_ROW_NAMES = (mark("Generated, 1"), mark("Generated, 2"), mark("Generated, 3"))


def new_card(seen: FeaturesContext) -> None:
    """Labelled samples alone against labelled and made-up ones; why not, where it cannot be."""
    with st.container(border=True, key="features.new_card"), errors.shown():
        st.markdown(_("**Data augmentation with generated {nouns}**", nouns=seen.nouns))
        if reason := why_not(seen.run, seen.samples, "new", seen.part):
            st.caption(_("Not available for this run. {reason}", reason=escape(_(reason))))
            return
        found = studied(seen, "new")
        if found is None:
            offer(
                seen,
                "new",
                _(
                    "Can {nouns} that the model generates replace labels? For each class, thirty "
                    "are sampled around the codes of its few labelled ones, and a classifier is "
                    "trained with and without them. It takes about a minute.",
                    nouns=seen.nouns,
                ),
                _("Generate and evaluate"),
                ":material/add_photo_alternate:",
                Sentence("Generating samples for classes with few labels"),
            )
            return
        if seen.samples.is_pictures:
            _pictures(seen, found)
        _chart(seen, found)


def _pictures(seen: FeaturesContext, found: FeaturesResult) -> None:
    """A column a class."""
    shown = list(found.made)[:N_SHOWN]
    rows = {
        name: np.stack([found.made[label][i] for label in shown])
        for i, name in enumerate(_ROW_NAMES)
    }
    comparison(
        rows, [seen.class_names[label] for label in shown], key="features.made", target_px=84
    )
    st.caption(
        _(
            "Generated from the codes of {n_made_from:,} labelled pictures.",
            n_made_from=found.n_made_from,
        )
    )


def _chart(seen: FeaturesContext, found: FeaturesResult) -> None:
    alone, augmented = found.curves["alone"], found.curves["augmented"]
    left, right = st.columns([7, 6], vertical_alignment="center")
    with left:
        lines = [
            line(_("With generated {nouns}", nouns=seen.nouns), augmented, "model"),
            line(_("Labelled {nouns} only", nouns=seen.nouns), alone, "rival"),
        ]
        figure = label_curves_figure(found.n_labels, lines, title=axis(seen), say=_)
        st.plotly_chart(figure, key="features.new_curves", width="stretch")
    with right:
        n = n_told(found.n_labels)
        at = found.n_labels.index(n)
        gain = 100 * (augmented.mean[at] - alone.mean[at])
        n_ahead, n_draws = augmented.n_ahead(alone, n), found.spec.n_draws
        st.markdown(
            _(
                "Accuracy with **{n:,} labels**: **{with_generated:.1f} %** with "
                "generated {nouns}, {without:.1f} % without: **{gain:+.1f} "
                "points**, higher in {n_ahead} of {n_draws} draws.",
                n=n,
                with_generated=100 * augmented.mean[at],
                nouns=seen.nouns,
                without=100 * alone.mean[at],
                gain=gain,
                n_ahead=n_ahead,
                n_draws=n_draws,
            )
        )
        st.caption(
            _(
                "The classifier reads pixels and has one hidden layer of 64 units. Thirty "
                "generated pictures per class are decoded from a Gaussian fitted to the codes of "
                "the class. Blurred pictures can make the classifier worse, so the gain may be "
                "negative. Bands: worst to best draw."
            )
            if seen.samples.is_pictures
            else _(
                "The classifier has one hidden layer of 64 units. Thirty generated rows per "
                "class are decoded from a Gaussian fitted to the codes of the class; the "
                "gain may be negative. Bands: worst to best draw."
            )
        )
