"""Accuracy over the number of labels: codes read by simple methods, and the encoder tuned."""

from __future__ import annotations

import streamlit as st

from aecore.figures.label_curves import LabelLine, Role, label_curves_figure
from aecore.metrics.label_curve import LabelCurve, Reader
from aecore.sentence import Sentence
from pages.ui import errors
from pages.ui.features.context import FeaturesContext, n_told, offer, studied
from pages.ui.translation import _, mark
from pages.ui.url_state import choice

READERS: dict[Reader, str] = {"probe": mark("Linear probe"), "knn": mark("Nearest neighbours")}
_READER_WORDS = {"probe": mark("a linear probe"), "knn": mark("nearest neighbours")}
_ROLES: dict[str, Role] = {"run": "model", "pca": "rival", "pixels": "yardstick"}


def axis(seen: FeaturesContext) -> str:
    """What a chart of accuracies shows, and which end is good."""
    return _("accuracy ↑")


def line(name: str, curve: LabelCurve, role: Role = "model") -> LabelLine:
    """A curve as it is drawn."""
    return LabelLine(name, curve.mean, curve.low, curve.high, role)


@st.fragment
def read_card(seen: FeaturesContext) -> None:
    """Codes, PCA and pixels with a few labels; a choice of who reads them."""
    raw = seen.names["pixels"].lower()
    with st.container(border=True, height="stretch"), errors.shown():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_("**Codes as features**"), width="stretch")
            against = st.toggle(
                _("Relative to {raw}", raw=raw),
                key="features.against",
                bind="query-params",
                help=_(
                    "Difference in accuracy, in percentage points, with the same labels in "
                    "each draw, so that the luck of the draw cancels out."
                ),
            )
            reader = choice(
                _("Classifier"),
                READERS,
                "features.reader",
                widget=st.segmented_control,
                label_visibility="collapsed",
                help=_(
                    "A linear probe is a logistic regression on the codes. Nearest "
                    "neighbours: 5, or fewer if a class has fewer labels."
                ),
            )
        reader = reader if reader in READERS else "probe"
        curves = {name: seen.found.curves[f"{name}-{reader}"] for name in seen.names}
        st.markdown(sentence(seen, reader))
        if against:
            zero = curves.pop("pixels")
            curves = {name: curve.minus(zero) for name, curve in curves.items()}
        figure = label_curves_figure(
            seen.found.n_labels,
            [line(seen.names[name], curve, _ROLES[name]) for name, curve in curves.items()],
            title=_("points above {raw} ↑", raw=raw) if against else axis(seen),
            are_differences=against,
            say=_,
        )
        st.plotly_chart(figure, key="features.curves", width="stretch")
        n_draws = seen.found.spec.n_draws
        st.caption(
            _(
                "Accuracy on {n_rows:,} held-out {nouns}. Lines: mean over "
                "{n_draws} draws of labels, the same for all; bands: worst to best draw.",
                n_rows=len(seen.found.rows),
                nouns=seen.nouns,
                n_draws=n_draws,
            )
        )


def sentence(seen: FeaturesContext, reader: Reader) -> str:
    """What the chart says of about a hundred labels."""
    found, n, raw = seen.found, n_told(seen.found.n_labels), seen.names["pixels"].lower()
    curves = {name: found.curves[f"{name}-{reader}"] for name in seen.names}
    at = found.n_labels.index(n)
    told = {name: f"{100 * curve.mean[at]:.1f} %" for name, curve in curves.items()}
    n_draws = found.spec.n_draws
    n_pca, n_raw = (curves["run"].n_ahead(curves[name], n) for name in ("pca", "pixels"))
    return _(
        "Accuracy of {reader} with **{n:,} labels**: **{run}** on codes, "
        "{pca} on {n_components:,} principal components, {pixels} on {raw}. "
        "Codes are better than {raw} in {n_raw} of {n_draws} draws, than PCA in {n_pca}.",
        reader=_(_READER_WORDS[reader]),
        n=n,
        run=told["run"],
        pca=told["pca"],
        n_components=found.n_components,
        pixels=told["pixels"],
        raw=raw,
        n_raw=n_raw,
        n_draws=n_draws,
        n_pca=n_pca,
    )


def tuned_card(seen: FeaturesContext) -> None:
    """The encoder trained on with few labels, against the same network from new weights."""
    with st.container(border=True, height="stretch", key="features.tuned_card"), errors.shown():
        found = studied(seen, "tuned")
        if found is None:
            st.markdown(_("**Fine-tuned encoder**"))
            offer(
                seen,
                "tuned",
                _(
                    "Does unsupervised pre-training help? The encoder with a linear layer is "
                    "trained with a few labels, once from this run's weights (epoch {epochs}) and "
                    "once from scratch. Both get the same labels, order and steps. It takes from "
                    "half a minute to several minutes, depending on the network.",
                    epochs=seen.run.epochs,
                ),
                _("Fine-tune with few labels"),
                ":material/tune:",
                Sentence("Fine-tuning with few labels"),
            )
            return
        st.markdown(_("**Fine-tuned encoder**"))
        n = n_told(found.n_labels)
        at = found.n_labels.index(n)
        tuned, scratch = found.curves["tuned"], found.curves["scratch"]
        gain = 100 * (tuned.mean[at] - scratch.mean[at])
        n_ahead, n_draws = tuned.n_ahead(scratch, n), found.spec.n_draws
        st.markdown(
            _(
                "Accuracy with **{n:,} labels**: **{pretrained:.1f} %** after "
                "unsupervised pre-training, {from_scratch:.1f} % from scratch: "
                "**{gain:+.1f} points**, higher in {n_ahead} of {n_draws} draws.",
                n=n,
                pretrained=100 * tuned.mean[at],
                from_scratch=100 * scratch.mean[at],
                gain=gain,
                n_ahead=n_ahead,
                n_draws=n_draws,
            )
        )
        lines = [
            line(_("Fine-tuned"), tuned, "model"),
            line(_("From scratch"), scratch, "rival"),
            line(_("Codes, linear probe"), seen.found.curves["run-probe"], "beside"),
        ]
        st.plotly_chart(
            label_curves_figure(found.n_labels, lines, title=axis(seen), say=_),
            key="features.tuned_curves",
            width="stretch",
        )
        st.caption(
            _(
                "Encoder and a linear layer, 200 steps of at most 64 labelled samples (Hinton & "
                "Salakhutdinov 2006, Science 313). Mean over {n_draws} draws; bands: worst to "
                "best.",
                n_draws=n_draws,
            )
        )
