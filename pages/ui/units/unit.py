"""One unit: the samples that drive it most and least, how its answers are spread, its weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from aecore.figures.histogram import histogram_figure
from pages.ui.gallery import gallery
from pages.ui.samples import captions
from pages.ui.score import Score, metric
from pages.ui.translation import _
from pages.ui.units import context, rows
from pages.ui.units.context import UnitsContext
from pages.ui.units.overview import caption, rgb_of
from pages.ui.url_state import linked_widget

N_EACH = 8


def panel(seen: UnitsContext) -> None:
    """The right side of the page."""
    unit = _pick(seen)
    most, least = seen.units.most(unit, N_EACH), seen.units.least(unit, N_EACH)
    if seen.samples.is_pictures:
        st.markdown(_("**Highest activation**"))
        _pictures(seen, unit, most, key="units.most")
        st.markdown(_("**Lowest activation**"))
        _pictures(seen, unit, least, key="units.least")
    else:
        rows.drivers(seen, unit)
    if seen.samples.is_pictures and seen.pictures is not None:
        left, right = st.columns([2, 3], vertical_alignment="center")
        with left:
            gallery(
                rgb_of(seen, [unit]),
                [f"{seen.noun} {unit}"],
                key="units.large",
                target_px=168,
            )
    else:
        right = st.container()
    with right:
        st.plotly_chart(_histogram(seen, unit), key="units.spread", width="stretch")
    _numbers(seen, unit)


def _pick(seen: UnitsContext) -> int:
    """A list of the units, in the order of the gallery, that follows a click there."""
    unit = context.unit_of(seen)
    st.selectbox(
        f"{seen.noun.capitalize()}",
        [int(unit) for unit in seen.order],
        format_func=lambda unit: f"{seen.noun} {caption(seen, unit)}",
        **linked_widget(f"units.one.{seen.layer.name}", unit, context.open_unit),
    )
    return unit


def _pictures(seen: UnitsContext, unit: int, places: np.ndarray, *, key: str) -> None:
    rows = seen.rows[places]
    names = captions(seen.samples, rows)
    answers = seen.units.answers[places, unit]
    gallery(
        np.asarray(seen.samples.x[rows]),
        [f"{name} · {answer:.2g}" for name, answer in zip(names, answers, strict=True)],
        key=key,
        target_px=84,
    )


def _numbers(seen: UnitsContext, unit: int) -> None:
    """How active the unit is, as numbers."""
    units = seen.units
    scores = [
        Score(_("Active on"), 100 * float(units.active[unit]), _("% of samples")),
        Score(_("Variance of the activation"), float(units.variance[unit])),
    ]
    if seen.layer.is_codebook:
        scores[1] = Score(
            _("Used by"), 100 * float(units.answers[:, unit].mean()), _("% of positions")
        )
    if units.kl is not None:
        scores[0] = Score("KL", float(units.kl[unit]), "nats")
    for column, score in zip(st.columns(len(scores)), scores, strict=True):
        with column:
            metric(score)


def _histogram(seen: UnitsContext, unit: int) -> Any:
    return histogram_figure(
        {f"{seen.noun} {unit}": seen.units.answers[:, unit]},
        title=_("share of a sample's positions")
        if seen.layer.is_codebook
        else _("activation on a sample"),
        height_px=200,
        say=_,
    )
