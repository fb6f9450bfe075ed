"""One number of the code at a time: what it does, how much it carries, and what its loss costs."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from aecore.figures.exports import gif, grid_png
from aecore.latent.codes import Codes
from aecore.latent.sweeps import (
    N_HELD,
    Ablation,
    DimensionInformation,
    ablate,
    dimension_information,
    sweep,
    sweep_values,
)
from aecore.runs import OpenRun
from pages.ui import backend, errors, url_state
from pages.ui.gallery import comparison
from pages.ui.translation import _
from pages.ui.walk import entries
from pages.ui.walk.context import WalkContext, choose, downloads, thumbnails, trained_on

N_VALUES = 11
N_ROWS = 16
_N_ROWS_MAX = 64
_SHOWN = "walk.rows"


def panel(scene: WalkContext) -> None:
    """A row a dimension, those that carry the most first, around one picture."""
    if scene.is_quantized:
        entries.panel(scene)
        return
    codes = scene.codes()
    found, dims = ordered(codes)
    with st.spinner(_("Measuring the effect of each dimension…")):
        held = _held(scene, codes, dims)
    _rows(scene, codes, found, held, dims)


@st.fragment
def _rows(
    scene: WalkContext, codes: Codes, found: DimensionInformation, held: Ablation, dims: np.ndarray
) -> None:
    with errors.shown():
        left, right = st.columns([2, 9], gap="medium")
        with left:
            base = choose(scene, "p", 0, _("Picture"), target_px=140)
            dim = st.selectbox(
                _("Animate dimension"),
                [int(dim) for dim in dims],
                key="walk.dim",
                bind="query-params",
                help=_("The row that the GIF shows."),
            )
        pictures = {}
        for i, at in enumerate(dims):
            of_data = None if scene.is_gaussian else codes.z[:, at]
            values = sweep_values(float(base.z[at]), N_VALUES, of_data)
            row = _(
                "Dim. {at}: {amount}, error {increase_percent:+.0f} %",
                at=at,
                amount=_amount(found, int(at)),
                increase_percent=held.increase_percent[i],
            )
            pictures[row] = scene.decode(sweep(base.z, int(at), values))
        with right:
            low, high = ("−3", "+3") if scene.is_gaussian else ("1 %", "99 %")
            blank = [""] * (N_VALUES // 2 - 1)
            ends = [low, *blank, "itself", *blank, high]
            shown = {row: thumbnails(values, 70) for row, values in pictures.items()}
            comparison(shown, ends, key="walk.sweep", target_px=70)
            _more(scene, len(dims))
        with left:
            one = list(pictures.values())[list(dims).index(dim)] if dim in dims else None
            downloads(
                "sweep",
                partial(grid_png, np.concatenate(list(pictures.values())), N_VALUES),
                None if one is None else partial(gif, one),
                key="sweep",
            )
        st.caption(_words(scene))
        with st.expander(_("As a table")):
            _dataframe(found, held, dims)


def table(scene: WalkContext) -> None:
    """For rows of a table: the same without pictures."""
    codes = scene.codes()
    with errors.shown():
        found, dims = ordered(codes)
        _dataframe(found, _held(scene, codes, dims), dims)
        st.caption(_words(scene))
        _more(scene, len(dims))


def ordered(codes: Codes) -> tuple[DimensionInformation, np.ndarray]:
    """What each dimension carries, and those that are shown, the most first."""
    chosen = trained_on(codes)
    found = dimension_information(
        codes.z[chosen], None if codes.logvar is None else codes.logvar[chosen]
    )
    return found, found.order[: url_state.whole_number(_SHOWN, N_ROWS, 1, _N_ROWS_MAX)]


def _held(scene: WalkContext, codes: Codes, dims: np.ndarray) -> Ablation:
    name = str(backend.store().root), codes.key
    return _measured(name, tuple(int(dim) for dim in dims), codes, scene)


@st.cache_data(max_entries=16, show_spinner=False)
def _measured(
    name: tuple[str, str], dims: tuple[int, ...], _codes: Codes, _scene: WalkContext
) -> Ablation:
    places = np.flatnonzero(np.isin(_codes.rows, _scene.rows))
    places = np.random.default_rng(0).permutation(places)[:N_HELD]
    run: OpenRun = _scene.run
    x = np.asarray(_scene.samples.x[_codes.rows[places]])
    mean = _codes.z[trained_on(_codes)].mean(0)
    return ablate(run.decode, x, _codes.z[places], mean, dims)


def _amount(found: DimensionInformation, dim: int) -> str:
    amount = found.amount[dim]
    return (
        _("{amount:.2f} nats", amount=amount)
        if found.unit == "nats"
        else _("variance {amount:.2g}", amount=amount)
    )


def _more(scene: WalkContext, n_shown: int) -> None:
    n_left = min(scene.run.n_dims, _N_ROWS_MAX) - n_shown
    if n_left > 0:
        st.button(
            _("{n_rows} more of {n_dims}", n_rows=min(N_ROWS, n_left), n_dims=scene.run.n_dims),
            key="walk.more",
            icon=":material/expand_more:",
            on_click=url_state.write,
            args=(_SHOWN, str(n_shown + N_ROWS)),
        )


def _dataframe(found: DimensionInformation, held: Ablation, dims: np.ndarray) -> None:
    label = _("KL (nats)") if found.unit == "nats" else "variance"
    st.dataframe(
        {
            "dimension": [int(dim) for dim in dims],
            label: found.amount[dims],
            _("share (%)"): 100 * found.share[dims],
            _("MSE with it fixed at its mean"): held.mse_held,
            _("increase (%)"): held.increase_percent,
        },
        hide_index=True,
        key="walk.numbers",
    )


def _words(scene: WalkContext) -> str:
    order = (
        _(
            "the information a dimension carries: its mean KL divergence from the prior in nats, 0 "
            "for none"
        )
        if scene.is_gaussian
        else _("the variance of a dimension over the data")
    )
    reach = (
        _("three standard deviations of the prior to each side")
        if scene.is_gaussian
        else _("the 1st to the 99th percentile of the data")
    )
    return _(
        "Each row varies one latent dimension over {reach} and keeps the others; the picture "
        "itself is in the middle. Rows are sorted by {order}. Error: how much the error of "
        "{n_held} held-out reconstructions grows with this dimension fixed at its mean; near 0 "
        "%, the model does not use it.",
        reach=reach,
        order=order,
        n_held=N_HELD,
    )
