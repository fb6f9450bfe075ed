"""Pictures and what a model makes of them: the wall, one picture large, and the scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from aecore.data.samples import SampleSet
from aecore.figures.histogram import histogram_figure
from aecore.figures.pictures import absolute_error, as_rgb, error_map
from aecore.metrics.pictures import mse, psnr, ssim
from aecore.runs import OpenRun
from aecore.specs.codes import QuantizedCodeSpec
from aecore.studies.evaluation import Evaluation, PCABaseline
from pages.ui import errors as problems
from pages.ui import own_picture
from pages.ui.gallery import comparison, gallery
from pages.ui.markdown import escape
from pages.ui.pager import pager
from pages.ui.samples import captions
from pages.ui.score import Better, Score, metric
from pages.ui.translation import _, dialog, mark

ORDERS = {
    "worst": mark("Worst first"),
    "best": mark("Best first"),
    "class": mark("By class"),
    "set": mark("Original order"),
}


@dataclass(frozen=True)
class ReconstructContext:
    """What the page looks at: a run, its samples, and the scores of one part."""

    run: OpenRun
    samples: SampleSet
    scores: Evaluation

    @property
    def pca(self) -> PCABaseline:
        """PCA with as many components as the code has dimensions; fitted when first asked for."""
        return _pca(self.run.spec.data, self.run.n_numbers, self.samples)

    @property
    def errors(self) -> np.ndarray:
        """What samples are ordered by, `(n,)`: nats where rows were learnt by a likelihood, else
        the squared error."""
        return self.scores.nats if self.scores.has_likelihood else self.scores.mse

    @property
    def error_top(self) -> float:
        """Error drawn in the lightest colour, in [0, 1]: one for all pictures of a part."""
        spread = 4 * float(np.sqrt(self.scores.mse.mean()))
        return min(1.0, max(0.1, math.ceil(10 * spread) / 10))


@st.cache_resource(max_entries=4, show_spinner=mark("Fitting PCA…"))
def _pca(data_key: str, n_dims: int, _samples: SampleSet) -> PCABaseline:
    return PCABaseline(_samples, n_dims)


def ask_n_columns(samples: SampleSet) -> int:
    """How many pictures stand side by side, in the open container."""
    return int(
        st.selectbox(
            _("Pictures"),
            [4, 6, 7, 8, 10, 12],
            index=2 if samples.shape[-1] % 64 == 0 else 3,  # so many fill the page
            key="reconstruct.n",
            width=90,
            bind="query-params",
        )
    )


def ordered(seen: ReconstructContext, order: str, name: str | None) -> np.ndarray:
    """Places in `seen.scores.rows`, in an order of `ORDERS`, of a class (None: of any)."""
    labels, label_names = seen.samples.labels, seen.samples.label_names
    places = np.arange(len(seen.scores.rows))
    if labels is not None and name is not None:
        places = places[labels[seen.scores.rows] == label_names.index(name)]
    errors = seen.errors[places]
    if order == "best":
        return places[np.argsort(errors, kind="stable")]
    if order == "class" and labels is not None:
        return places[np.lexsort((-errors, labels[seen.scores.rows[places]]))]
    if order == "set":
        return places
    return places[np.argsort(-errors, kind="stable")]


@st.fragment
def wall(seen: ReconstructContext, places: np.ndarray, n_columns: int) -> None:
    """Originals, reconstructions and error maps in columns, with a slider through all of them."""
    n_pages = -(-len(places) // n_columns)
    page, with_pca = _pager(n_pages)
    shown = places[(page - 1) * n_columns : page * n_columns]
    x, x_hat = _through(seen, shown)
    rows = {
        _("Original"): as_rgb(x),
        _("Reconstruction"): as_rgb(x_hat),
        _("Error map"): error_map(x, x_hat, top=seen.error_top),
    }
    if with_pca:
        linear = seen.pca.reconstruct(x)
        rows[f"PCA, {seen.run.n_numbers}"] = as_rgb(linear)
        rows["Error of PCA"] = error_map(x, linear, top=seen.error_top)
    names = captions(seen.samples, seen.scores.rows[shown])
    picked = comparison(
        rows,
        [f"{name} · {seen.scores.psnr[i]:.1f} dB" for name, i in zip(names, shown, strict=True)],
        key="reconstruct.wall",
        target_px=128,
        error_top=seen.error_top,
        clickable=True,
    )
    if picked is not None and picked < len(shown):
        _large(seen, int(shown[picked]))


def _through(seen: ReconstructContext, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x = np.asarray(seen.samples.x[seen.scores.rows[places]])
    return x, seen.run.reconstruct(x)


def _pager(n_pages: int) -> tuple[int, bool]:
    """The page, from 1; and whether PCA is shown beside."""
    with st.container(horizontal=True, vertical_alignment="center", key="reconstruct.pager"):
        page = pager("reconstruct", n_pages)
        with_pca = st.toggle(
            _("Compare with PCA"),
            key="reconstruct.pca",
            bind="query-params",
            help=_(
                "Principal component analysis with as many components as the code has "
                "values: the best linear reconstruction."
            ),
        )
    return page, with_pca


@dialog(mark("One picture"), width="medium")
def _large(seen: ReconstructContext, place: int) -> None:
    x, x_hat = _through(seen, np.array([place]))
    row = int(seen.scores.rows[place])
    name = seen.samples.names[row] if seen.samples.names else f"#{row}"
    st.markdown(f"{escape(captions(seen.samples, np.array([row]))[0])} :gray[· {escape(name)}]")
    _trio(x, x_hat, key="reconstruct.large", error_top=seen.error_top)
    kept = seen.scores
    _metrics(
        [kept.psnr[place], kept.ssim[place], kept.mse[place]],
        [kept.pca_psnr[place], kept.pca_ssim[place], kept.pca_mse[place]],
    )


def _trio(x: np.ndarray, x_hat: np.ndarray, *, key: str, error_top: float | None = None) -> None:
    """One picture, its reconstruction and its error map, large."""
    if error_top is None:
        error_top = float(absolute_error(x, x_hat).max(initial=0.0))
    gallery(
        np.concatenate([as_rgb(x), as_rgb(x_hat), error_map(x, x_hat, top=error_top)]),
        [
            _("Original"),
            _("Reconstruction"),
            _("Error map (lightest: {error_top:.0f} %)", error_top=100 * error_top),
        ],
        key=key,
        target_px=224,
    )


def _metrics(model: Sequence[float], pca: Sequence[float], *, is_pictures: bool = True) -> None:
    """PSNR, SSIM and MSE of the model, and how far each is from PCA's; of rows the MSE alone."""
    kinds: list[tuple[str, str, Better, str]] = [
        ("PSNR", "dB", "high", _("Peak signal-to-noise ratio: 20 dB is poor, 40 dB is good.")),
        ("SSIM", "", "high", _("Structural similarity, from -1 to 1 (identical).")),
        ("MSE", "", "low", _("Mean squared error of values in [0, 1]; 0 is perfect.")),
    ]
    if not is_pictures:
        what = _("Mean squared error of a row's features, in variances; 0 is perfect.")
        kinds, model, pca = [("MSE", "", "low", what)], model[2:], pca[2:]
    for column, (label, unit, better, words), mine, other in zip(
        st.columns(len(kinds)), kinds, model, pca, strict=True
    ):
        if np.isfinite(mine):
            with column:
                metric(
                    Score(label, float(mine), unit, better),
                    beside=Score("PCA", float(other), unit, better),
                    help=words,
                )


def score_card(seen: ReconstructContext, places: np.ndarray, what: str) -> None:
    """Mean scores over what is chosen, beside PCA's."""
    kept = seen.scores
    with st.container(border=True, height="stretch"):
        st.markdown(_("**Scores** &nbsp; :gray[mean over {what}]", what=escape(what)))
        if kept.has_likelihood:
            _likelihood(seen, places)
        if seen.run.model.has_softmax_output:
            st.caption(_squeezed(seen))
            return
        _metrics(
            [values[places].mean() for values in (kept.psnr, kept.ssim, kept.mse)],
            [values[places].mean() for values in (kept.pca_psnr, kept.pca_ssim, kept.pca_mse)],
            is_pictures=seen.samples.is_pictures,
        )
        st.caption(_squeezed(seen))
        st.caption(
            _(
                "PCA has as many components as the code has values ({n_numbers}): the best "
                "a linear model can do. Green: better than PCA.",
                n_numbers=seen.run.n_numbers,
            )
        )


def _likelihood(seen: ReconstructContext, places: np.ndarray) -> None:
    """Nats of a row by the run, beside what guessing by frequencies costs."""
    is_counts = seen.run.model.has_softmax_output
    metric(
        Score(_("Negative log-likelihood"), float(seen.scores.nats[places].mean()), "nats", "low"),
        beside=Score(_("Frequencies"), float(seen.scores.mean_nats[places].mean()), "nats", "low"),
        help=_(
            "For each thing of a row: -log of the probability that the model gave it; Frequencies: "
            "the same where everybody chooses by how frequent each thing is."
        )
        if is_counts
        else _(
            "Summed over a row's columns: squared error of numbers, cross-entropy of yes and no, "
            "-log of the probability of a category's word; Frequencies: where each column is "
            "guessed by its mean and its frequencies alone."
        ),
    )


def _squeezed(seen: ReconstructContext) -> str:
    """How much smaller than a sample its code is."""
    n_values, code = int(np.prod(seen.samples.shape)), seen.run.spec.code
    if not isinstance(code, QuantizedCodeSpec):
        return _(
            "The code has {n_dims:,} dimensions instead of {n_values:,} values: "
            "{times:.3g} times fewer.",
            n_dims=seen.run.n_dims,
            n_values=n_values,
            times=n_values / seen.run.n_dims,
        )
    n_places = seen.run.n_numbers
    n_bits = n_places * np.log2(code.codebook_size)
    return _(
        "The code is {n_places} entries of a codebook of {codebook_size}: {n_bits:,.0f} "
        "bits instead of {n_values:,}, {times:.3g} times fewer. PCA keeps "
        "{n_places} real numbers, each of many more bits than an entry, so the comparison "
        "favours PCA.",
        n_places=n_places,
        codebook_size=code.codebook_size,
        n_bits=n_bits,
        n_values=8 * n_values,
        times=8 * n_values / n_bits,
    )


def histogram_card(seen: ReconstructContext, places: np.ndarray) -> None:
    """How the errors are spread."""
    with st.container(border=True, height="stretch"):
        st.markdown(_("**Distribution of the errors**"))
        st.plotly_chart(_histogram(seen, places), key="reconstruct.errors", width="stretch")


def _histogram(seen: ReconstructContext, places: np.ndarray) -> Any:
    kept = seen.scores
    if kept.has_likelihood:
        errors = {_("this model"): kept.nats[places], _("frequencies"): kept.mean_nats[places]}
        title = _("negative log-likelihood, nats (left is better)")
    else:
        errors = {_("this model"): kept.mse[places], "PCA": kept.pca_mse[places]}
        title = _("mean squared error (left is better)")
    return histogram_figure(errors, title=title, height_px=210, say=_)


@st.fragment
def through_the_model(seen: ReconstructContext) -> None:
    """A person's own picture through the model."""
    st.subheader(_("Your own picture"), anchor=False)
    left, right = st.columns([4, 8], gap="large")
    with left:
        own = own_picture.ask("reconstruct", seen.run.shape, framing=seen.run.frame.framing)
    with right:
        if own is None:
            st.caption(
                _(
                    "It is cropped to the middle, resized to the model's input size and "
                    "reconstructed. Try one that is like the training pictures, and one that is "
                    "not."
                )
            )
            return
        with problems.shown():
            x = own[None]
            x_hat, linear = seen.run.reconstruct(x), seen.pca.reconstruct(x)
            _trio(x, x_hat, key="reconstruct.own_trio")
            _metrics(
                [float(score(x, x_hat)[0]) for score in (psnr, ssim, mse)],
                [float(score(x, linear)[0]) for score in (psnr, ssim, mse)],
            )
