"""Noisy, cleaned and clean pictures in columns, and what was won."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.denoising.filters import FILTERS
from aecore.figures.pictures import as_rgb
from pages.ui.denoise.context import NOISES, DenoiseContext
from pages.ui.gallery import comparison
from pages.ui.markdown import escape
from pages.ui.pager import pager
from pages.ui.samples import captions
from pages.ui.score import Score, metric
from pages.ui.translation import _, mark

_PSNR_WORDS = mark("Peak signal-to-noise ratio: 20 dB is poor, 40 dB is good.")
_SSIM_WORDS = mark("Structural similarity, from -1 to 1 (identical).")


@st.fragment
def wall(seen: DenoiseContext, n_columns: int) -> None:
    """Rows of pictures, with a slider through all of them."""
    with st.container(horizontal=True, vertical_alignment="center", key="denoise.pager"):
        page = pager("denoise", -(-len(seen.rows) // n_columns))
    mixed = np.random.default_rng(0).permutation(len(seen.rows))  # sets are often sorted by class
    shown = mixed[(page - 1) * n_columns : page * n_columns]
    found = seen.denoised()
    rows = {
        seen.kind.before: as_rgb(found.noisy.shown[shown]),
        seen.kind.after: as_rgb(found.cleaned[shown]),
        _("Clean"): as_rgb(found.clean[shown]),
    }
    for name, x in seen.filtered().items():
        rows[_(FILTERS[name].title)] = as_rgb(x[shown])
    names = captions(seen.samples, seen.rows[shown])
    won = zip(names, found.before.psnr[shown], found.after.psnr[shown], strict=True)
    comparison(
        rows,
        [f"{name} · {before:.1f} → {after:.1f} dB" for name, before, after in won],
        key="denoise.wall",
        target_px=112,
    )


def score_card(seen: DenoiseContext) -> None:
    """Mean scores before and after, and those of the filters."""
    scores = {name: found.means() for name, found in seen.scores().items()}
    with st.container(border=True, height="stretch"):
        st.markdown(
            _(
                "**Before and after** &nbsp; :gray[mean over {n_rows} pictures]",
                n_rows=len(seen.rows),
            )
        )
        metrics(seen, scores["noisy"], scores["cleaned"])
        lines = ["| | PSNR&nbsp;↑ | SSIM&nbsp;↑ |", "| --- | --- | --- |"]
        names = {
            "noisy": _("{before} (input)", before=seen.kind.before),
            "cleaned": _("**This model**"),
        }
        if seen.noise.kind == "downscale":
            names["noisy"] = _("Bicubic (input)")
        names |= {name: escape(_(seen.tuned(name).told)) for name in seen.filters}
        best = max(scores, key=lambda name: scores[name]["psnr_db"])
        for name, words in names.items():
            mark = " :green[:material/trophy:]" if name == best else ""
            found = scores[name]
            lines.append(
                f"| {words}{mark} | {found['psnr_db']:.1f}&nbsp;dB | {found['ssim']:.3f} |"
            )
        st.markdown("\n".join(lines))


def metrics(seen: DenoiseContext, before: dict[str, float], after: dict[str, float]) -> None:
    """PSNR and SSIM of what the model made, and how far they are from the input's.

    Parameters
    ----------
    before, after
        Means over the pictures by name: "psnr_db" (dB) and "ssim".
    """
    left, right = st.columns(2)
    for column, label, name, unit, words in (
        (left, "PSNR", "psnr_db", "dB", _PSNR_WORDS),
        (right, "SSIM", "ssim", "", _SSIM_WORDS),
    ):
        with column:
            metric(
                Score(f"{label}, {seen.kind.after.lower()}", after[name], unit, "high"),
                beside=Score(seen.kind.before.lower(), before[name], unit, "high"),
                help=words,
            )


def words(seen: DenoiseContext) -> None:
    """What the pictures mean, and what they do not."""
    trained = seen.run.spec.corruption
    at = _("was trained without noise")
    if trained.kind != "none":
        known = NOISES[trained.kind]
        what = _("to remove noise") if known.is_noise else _("to restore pictures")
        unit = "" if known.is_noise else f" {known.unit}"
        about = {
            "what": what,
            "title": _(known.title),
            "level": trained.level,
            "unit": unit,
            "mean": trained.mean,
        }
        at = (
            _("was trained {what} ({title}) of level {level:g}{unit}, mean {mean:g}", **about)
            if trained.mean
            else _("was trained {what} ({title}) of level {level:g}{unit}", **about)
        )
    of_standard = (
        _(
            "Levels are in standard deviations of the training part, because this data is "
            "standardized."
        )
        if seen.run.frame.scale == "standard"
        else ""
    )
    beside = {
        "occlusion": _(
            "Biharmonic inpainting knows where the rectangle is and continues its "
            "surroundings; the model does not know, and fills in what it has learned."
        ),
        "downscale": _(
            "The input was enlarged by bicubic interpolation, the usual method without a "
            "model: the baseline to beat."
        ),
        "blur": _("A filter makes existing edges steeper; the model draws edges it has learned."),
    }.get(seen.noise.kind, _("A filter smooths the picture; a model draws what it has learned."))
    st.caption(
        _(
            "This run {at}. {beside} On pictures like its training data, that gains many decibels; "
            "on others, or where much is lost, it invents strokes that were never there, and they "
            "look just as convincing. {of_standard}",
            at=at,
            beside=beside,
            of_standard=of_standard,
        )
    )


def n_columns_of(shape: tuple[int, ...]) -> int:
    """So many pictures fill the page."""
    return int(np.clip(8 * 28 // max(28, shape[-1]) + 2, 4, 8))
