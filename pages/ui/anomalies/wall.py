"""The oddest first: each with where it is odd, and the normal picture whose code is nearest."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aecore.figures.colours import sequential
from aecore.figures.pictures import as_rgb
from aecore.metrics.anomaly import p_values
from aecore.studies.anomaly import heat
from aecore.studies.anomaly.heat import HeatKind, heat_maps
from aecore.studies.anomaly.study import read_state
from aecore.studies.anomaly.view import View
from pages.ui import errors
from pages.ui.anomalies import downloads
from pages.ui.anomalies.context import AnomalyContext
from pages.ui.gallery import comparison
from pages.ui.pager import pager
from pages.ui.samples import captions
from pages.ui.translation import _, mark
from pages.ui.url_state import choice

N_COLUMNS = 10
HEATS: dict[HeatKind, str] = {
    "squared": mark("Squared error"),
    "spread": mark("Error by spread"),
    "ssim": "1 − SSIM",
}
WHICH = {
    "all": mark("Oddest first"),
    "missed": mark("Missed anomalies"),
    "false": mark("False alarms"),
    "usual": mark("Most usual first"),
}


def threshold_line(seen: AnomalyContext) -> None:
    """What the threshold means, in words, and all scores to take away."""
    found, line = seen.found, seen.line
    n_alarms, n = int(seen.is_alarm.sum()), len(seen.scores)
    with st.container(key="anomalies.line"):
        left, right = st.columns([8, 4], vertical_alignment="center")
        left.markdown(
            _(
                "**{n_alarms:,} of {n:,}** test {nouns} raise an alarm: their score is above "
                "**{threshold:.4g}**. At most {rate:g} of 1,000 normal {nouns} have such a score.",
                n_alarms=n_alarms,
                n=n,
                nouns=seen.nouns,
                threshold=line.value,
                rate=1000 * line.rate,
            )
        )
        with right, st.container(horizontal=True, horizontal_alignment="right"):
            downloads.buttons(seen)
    if found.n_mixed:
        st.warning(
            _(
                "The model learnt from {n_mixed:,} anomalies, too, and so reconstructs them: train "
                "one on normal samples alone (Data, Normal classes) and compare.",
                n_mixed=found.n_mixed,
            ),
            icon=":material/warning:",
        )


def ordered(seen: AnomalyContext, which: str) -> np.ndarray:
    """Places in `found.rows`, in an order or choice of `WHICH`."""
    places: np.ndarray = np.argsort(-seen.scores, kind="stable")
    kind = seen.found.kind[places]
    if which == "missed":
        return np.asarray(places[(kind == 1) & ~seen.is_alarm[places]])
    if which == "false":
        return np.asarray(places[(kind == 0) & seen.is_alarm[places]])
    return places[::-1] if which == "usual" else places


@st.fragment
def wall(seen: AnomalyContext) -> None:
    """Pictures, reconstructions, heat maps and nearest normal pictures, in columns."""
    with st.container(border=True, key="anomalies.wall_card"), errors.shown():
        with st.container(horizontal=True, vertical_alignment="center"):
            offered = WHICH if seen.found.has_both else {k: WHICH[k] for k in ("all", "usual")}
            which = choice(
                _("Which"), offered, "anomalies.which", width=190, label_visibility="collapsed"
            )
            kind = choice(
                _("Where"),
                HEATS,
                "anomalies.heat",
                default=heat.DEFAULT,
                widget=st.segmented_control,
                label_visibility="collapsed",
            )
            is_smoothed = st.toggle(
                _("Smoothed"), value=True, key="anomalies.smooth", bind="query-params"
            )
            places = ordered(seen, which)
            page = pager("anomalies", -(-len(places) // N_COLUMNS))
        shown = places[(page - 1) * N_COLUMNS : page * N_COLUMNS]
        if not len(shown):
            st.info(_("There is none."), icon=":material/check:")
            return
        rows = seen.found.rows[shown]
        x = np.asarray(seen.samples.x[rows])
        p = p_values(seen.found.held_out[seen.name], seen.scores[shown])
        names = captions(seen.samples, rows)
        words = [
            f"{_('odd') if alarm else _('normal')} {percent(each)} · {name}"
            for name, alarm, each in zip(names, seen.is_alarm[shown], p, strict=True)
        ]
        comparison(
            strips(seen, x, kind, is_smoothed=is_smoothed),
            words,
            key="anomalies.wall",
            target_px=112,
        )
        st.caption(
            _(
                "Where: light is odd. Nearest normal: the normal training picture whose code lies "
                "nearest. Percent: how many normal pictures look at least as odd; the fewer, the "
                "surer."
            )
        )


def percent(p: float) -> str:
    """A share as words that have room below a picture."""
    return f"{100 * p:.1f} %" if p < 0.1 else f"{100 * p:.0f} %"


def strips(
    seen: AnomalyContext, x: np.ndarray, kind: HeatKind, *, is_smoothed: bool = True
) -> dict[str, np.ndarray]:
    """Rows of pictures over the same samples: uint8 `(n, H, W, 3)` each."""
    view = View(seen.run, x)
    spread = read_state(seen.artifact, "spread")["spread"]
    maps = heat_maps(view, kind, spread=spread, is_smoothed=is_smoothed)
    top = max(float(np.quantile(maps, 0.995)), 1e-6)
    return {
        _("Picture"): as_rgb(x),
        _("Where"): sequential(np.clip(maps / top, 0, 1)),
        _("Reconstruction"): as_rgb(view.displayed),
        _("Nearest normal"): as_rgb(nearest_normal(seen, view.z)),
    }


def nearest_normal(seen: AnomalyContext, z: np.ndarray) -> np.ndarray:
    """The normal training picture whose code is nearest to each of `(n, D)`; uint8."""
    from sklearn.metrics import pairwise_distances_argmin

    known = read_state(seen.artifact, "code_knn")["known"]
    return np.asarray(seen.samples.x[seen.found.fit_rows[pairwise_distances_argmin(z, known)]])
