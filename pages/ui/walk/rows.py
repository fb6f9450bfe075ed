"""Walks of a model of rows: one latent dimension varied, column by column, and new rows."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import streamlit as st

from aecore.data.row_values import column_names, column_of_feature, errors_by_column, in_own_units
from aecore.export.csv_cell import plain_cell
from aecore.figures.column_lines import column_lines_figure
from aecore.latent.samplers import Mixture, OneGaussian, Prior, Sampler
from aecore.latent.sweeps import sweep, sweep_values
from pages.ui import errors, url_state
from pages.ui.translation import _, mark
from pages.ui.walk import traversal
from pages.ui.walk.context import WalkContext, trained_on

PARTS = {"sweep": mark("Vary one dimension"), "samples": mark("New rows")}
N_VALUES = 11
_N_LINES, _N_NEW = 8, 50


def panel(scene: WalkContext, part: str) -> None:
    """The walk of a name of `PARTS`."""
    with errors.shown():
        if part == "samples":
            _new_rows(scene)
        else:
            _sweep(scene)
            with st.expander(_("How much each dimension carries"), icon=":material/equalizer:"):
                traversal.table(scene)


@st.fragment
def _sweep(scene: WalkContext) -> None:
    """Which columns move, and to which values, as one number of a row's code is varied."""
    codes = scene.codes()
    _unused, dims = traversal.ordered(codes)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rows = scene.candidates(None)[:200].tolist()
        options = {str(row): _("row {row}", row=row) for row in rows}
        row = int(url_state.choice(_("Row to begin with"), options, "walk.row", width=180))
        dim = st.selectbox(
            _("Latent dimension"),
            [int(dim) for dim in dims],
            key="walk.dim",
            bind="query-params",
            width=180,
            help=_("Those that carry the most come first."),
        )
    z = scene.encode(np.asarray(scene.samples.x[[row]]))[0]
    of_data = None if scene.is_gaussian else codes.z[:, dim]
    values = sweep_values(float(z[dim]), N_VALUES, of_data)
    x_hat = scene.decode(sweep(z, dim, values))
    names = column_names(scene.samples)
    moved = errors_by_column(scene.samples, np.broadcast_to(x_hat.mean(0), x_hat.shape), x_hat)
    share = moved.mean(0)
    order = np.argsort(-share, kind="stable")
    left, right = st.columns([6, 7], gap="medium")
    shown = in_own_units(scene.samples, x_hat)
    with left:
        figure = column_lines_figure(
            values,
            {names[i]: _signed(scene, x_hat, i) for i in order[:_N_LINES]},
            at=float(z[dim]),
            title=_("dimension {dim} of the code", dim=dim),
            say=_,
        )
        st.plotly_chart(figure, key="walk.lines", width="stretch")
    with right:
        st.markdown(_("**Columns that move most first** &nbsp; :gray[in their own units]"))
        table = {_("Column"): [names[i] for i in order], _("Movement"): np.sqrt(share[order])}
        for step in (0, N_VALUES // 4, N_VALUES // 2, 3 * N_VALUES // 4, N_VALUES - 1):
            table[f"{values[step]:.3g}"] = [_text(shown[names[i]][step]) for i in order]
        st.dataframe(
            table,
            hide_index=True,
            height=400,
            key="walk.columns",
            column_config={
                _("Movement"): st.column_config.ProgressColumn(
                    format="%.2f",
                    min_value=0.0,
                    max_value=float(max(0.1, np.sqrt(share.max()))),
                    help=_("Standard deviation over the walk, in deviations of the column."),
                )
            },
        )
    st.caption(
        _(
            "One number of the code is varied and the others stay as they are; what the decoder "
            "makes of it is shown. Lines are in standard deviations of their column; a category's "
            "line is how much of its change is done."
        )
    )


def _signed(scene: WalkContext, x_hat: np.ndarray, column: int) -> np.ndarray:
    """A column over the walk, `(n,)`: its value where it is one feature, else the change along the
    direction in which its features move most."""
    features = x_hat[:, column_of_feature(scene.samples) == column].astype(np.float64)
    if features.shape[1] == 1:
        return features[:, 0]
    centred = features - features.mean(0)
    _unused, _unused, directions = np.linalg.svd(centred, full_matrices=False)
    along: np.ndarray = centred @ directions[0]
    return along if along[-1] >= along[0] else -along


def _text(cell: object) -> str:
    return "(empty)" if cell is None else f"{cell:.5g}" if isinstance(cell, float) else str(cell)


@st.fragment
def _new_rows(scene: WalkContext) -> None:
    """Rows that the decoder makes of codes drawn at random, and a file of them."""
    if scene.is_quantized:
        st.info(scene.no_prior, icon=":material/info:")
        return
    offered = {"mixture": _("Mixture of Gaussians"), "gaussian": _("One Gaussian")}
    if scene.is_gaussian:
        offered = {"prior": _("Prior"), **offered}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = url_state.choice(_("Codes from"), offered, "walk.sampler", width=220)
        seed = st.number_input(_("Seed"), 0, 2**31 - 1, 0, key="walk.rows_seed", width=120)
    codes = scene.codes()
    z = codes.z[trained_on(codes)]
    sampler: Sampler
    if kind == "prior":
        sampler = Prior(scene.run.n_dims)
    else:
        sampler = OneGaussian(z) if kind == "gaussian" else Mixture(z)
    made = in_own_units(scene.samples, scene.decode(sampler.sample(_N_NEW, seed=int(seed))))
    st.dataframe(made, hide_index=True, key="walk.new_rows", height=420)
    st.download_button(
        _("Download CSV"),
        lambda: _csv(made),
        "new-rows.csv",
        "text/csv",
        key="walk.rows_csv",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption(
        _(
            "Codes are drawn from a distribution fitted to the codes of the training part, and "
            "decoded. These rows are generated: none of the table is among them, and single values "
            "may be ones that never occur together."
        )
    )


def _csv(columns: dict[str, list[Any]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([plain_cell(name) for name in columns])
    writer.writerows(
        [plain_cell(cell) if isinstance(cell, str) else cell for cell in row]
        for row in zip(*columns.values(), strict=True)
    )
    return file.getvalue()
